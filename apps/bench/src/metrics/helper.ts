import type { Limiter, SyncLimiter } from '@sluice/core'
import { serveTasks } from '../helper-process.ts'
import type { Listener, MetricsTask } from './task.ts'

// Whether there are diagnostics channels is found out as core is loaded, so nothing is loaded before the first task.
type Record = () => void

let opened: { readonly limiter: Limiter; readonly record: Record | undefined } | undefined

serveTasks(async (task: MetricsTask): Promise<number> => {
  opened ??= await open(task)
  const { limiter, record } = opened
  if ('redisUrl' in task) return loop(limiter, record, task)
  const sync = limiter as SyncLimiter
  const decide = record === undefined ? () => sync.consumeSync('user:0') : decideAndRecord(sync, record)
  callFor(decide, task.forMs / 4)
  return callFor(decide, task.forMs)
})

function decideAndRecord(limiter: SyncLimiter, record: Record): () => void {
  return () => {
    limiter.consumeSync('user:0')
    record()
  }
}

async function open(task: MetricsTask): Promise<NonNullable<typeof opened>> {
  if (task.listener === 'no diagnostics channels') Reflect.deleteProperty(process, 'getBuiltinModule')
  const { createLimiter, memoryStore } = await import('@sluice/core')
  const { tokenBucket } = await import('@sluice/token-bucket')
  const record = await listen(task.listener)
  const policy = tokenBucket({ capacity: 1_000_000_000, refill: 1, per: '1m' })
  const store = 'redisUrl' in task ? await overRedis(task.redisUrl) : memoryStore()
  return { limiter: createLimiter({ name: 'bench', policy, store }), record }
}

async function overRedis(url: string) {
  const { Redis } = await import('ioredis')
  const { ioredisStore, recommendedOptions } = await import('@sluice/store-ioredis')
  const client = new Redis(url, recommendedOptions)
  client.on('error', console.error)
  return ioredisStore({ client })
}

/** Begins to listen; returns what has to be called after each decision where the SDK is to do as much by itself. */
async function listen(listener: Listener): Promise<Record | undefined> {
  if (listener === '@sluice/metrics') {
    const { limiterMetrics } = await import('@sluice/metrics')
    limiterMetrics()
  }
  if (listener === '@sluice/opentelemetry, producer') {
    const { sluiceMetricProducer } = await import('@sluice/opentelemetry')
    await meters([sluiceMetricProducer()])
  }
  if (listener === '@sluice/opentelemetry, instrumentation') {
    const { sluiceInstrumentation } = await import('@sluice/opentelemetry')
    sluiceInstrumentation({ meterProvider: await meters([]) })
  }
  return listener === 'nobody, and the SDK records as much' ? recording() : undefined
}

async function meters(metricProducers: import('@opentelemetry/sdk-metrics').MetricProducer[]) {
  const sdk = await import('@opentelemetry/sdk-metrics')
  const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.CUMULATIVE)
  const reader = new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000, metricProducers })
  return new sdk.MeterProvider({ readers: [reader] })
}

/** A counter and two histograms, with the attributes that a decision of one policy has. */
async function recording(): Promise<Record> {
  const meter = (await meters([])).getMeter('bench')
  const decisions = meter.createCounter('decisions')
  const duration = meter.createHistogram('duration')
  const usage = meter.createHistogram('usage')
  const ofLimiter = { 'sluice.limiter': 'bench', 'sluice.source': 'store' }
  const ofPolicy = { 'sluice.limiter': 'bench', 'sluice.policy': 'default' }
  const all = { ...ofLimiter, ...ofPolicy, 'sluice.algorithm': 'token-bucket', 'sluice.outcome': 'admitted' }
  return () => {
    decisions.add(1, all)
    duration.record(0.001, ofLimiter)
    usage.record(0.5, ofPolicy)
  }
}

const callsInBatch = 256

/** ns a call. */
function callFor(decide: () => void, forMs: number): number {
  const started = performance.now()
  let calls = 0
  let passed = 0
  while (passed < forMs) {
    callBatch(decide)
    calls += callsInBatch
    passed = performance.now() - started
  }
  return (passed * 1e6) / calls
}

function callBatch(decide: () => void): void {
  for (let i = 0; i < callsInBatch; i += 1) decide()
}

interface Load {
  readonly forMs: number
  readonly inFlight: number
}

/** Decisions a second, on 10,000 keys: so many callers, each of whom asks again as soon as it is answered. */
async function loop(limiter: Limiter, record: Record | undefined, { forMs, inFlight }: Load): Promise<number> {
  let running = true
  let decisions = 0
  const caller = async (): Promise<void> => {
    while (running) {
      decisions += 1
      await limiter.consume(`user:${(decisions * 7919) % 10_000}`)
      record?.()
    }
  }
  setTimeout(() => {
    running = false
  }, forMs)
  const started = performance.now()
  await Promise.all(Array.from({ length: inFlight }, caller))
  return decisions / ((performance.now() - started) / 1000)
}
