import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import * as sdk from '@opentelemetry/sdk-trace'
import { createLimiter } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type SluiceInstrumentationOptions, sluiceInstrumentation } from './sluice-instrumentation.ts'

const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1h' }) })
afterEach(() => limiter.resetSync('ann'))

function meter() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meterProvider.shutdown())
  /** What was exported of a metric. */
  const read = async (name = 'sluice.decisions') => {
    await meterProvider.forceFlush()
    const all =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
    return all.find(({ descriptor }) => descriptor.name === name)
  }
  const decisions = async (): Promise<number> =>
    ((await read())?.dataPoints ?? []).reduce((sum, { value }) => sum + (value as number), 0)
  return { meterProvider, read, decisions }
}

function instrumentation(options?: SluiceInstrumentationOptions) {
  const own = sluiceInstrumentation(options)
  onTestFinished(own.disable)
  return own
}

describe('the instrumentation', () => {
  it('is one of those that the SDK registers, and goes to the meters it is given', async () => {
    const { meterProvider, decisions } = meter()
    const unregister = registerInstrumentations({ instrumentations: [instrumentation()], meterProvider })
    limiter.consumeSync('ann')
    expect(await decisions()).toBe(1)
    unregister()
    limiter.consumeSync('ann')
    expect(await decisions()).toBe(1)
  })

  it('goes to the global meters where it is given none', async () => {
    const { meterProvider, decisions } = meter()
    metrics.setGlobalMeterProvider(meterProvider)
    onTestFinished(() => metrics.disable())
    instrumentation()
    limiter.consumeSync('ann')
    expect(await decisions()).toBe(1)
  })

  it('begins at 0 with other meters, and tells the first no more', async () => {
    const [first, second] = [meter(), meter()]
    const own = instrumentation({ meterProvider: first.meterProvider })
    limiter.consumeSync('ann')
    own.setMeterProvider(second.meterProvider)
    own.setMeterProvider(second.meterProvider)
    limiter.consumeSync('ann')
    expect([await first.decisions(), await second.decisions()]).toEqual([0, 1])
  })

  it('counts while it is enabled', async () => {
    const { meterProvider, decisions } = meter()
    const own = instrumentation({ meterProvider, enabled: false })
    limiter.consumeSync('ann')
    expect([own.getConfig().enabled, await decisions()]).toEqual([false, 0])
    own.enable()
    own.enable()
    limiter.consumeSync('ann')
    expect([own.getConfig().enabled, await decisions()]).toEqual([true, 1])
    // Nothing that was counted is lost by it.
    own.setConfig({ span: 'event' })
    limiter.consumeSync('ann')
    expect([own.getConfig(), await decisions()]).toEqual([{ enabled: true, span: 'event' }, 2])
    own.setConfig({ enabled: false })
    limiter.consumeSync('ann')
    expect([own.getConfig().enabled, await decisions()]).toEqual([false, 2])
  })

  it('tells units, descriptions and the bounds of buckets', async () => {
    const { meterProvider, read } = meter()
    instrumentation({ meterProvider })
    limiter.consumeSync('ann')
    const duration = await read('sluice.decision.duration')
    expect(duration?.descriptor).toMatchObject({ unit: 's', description: 'How long a decision took, from the call.' })
    const usage = (await read('sluice.quota.usage'))?.dataPoints[0]?.value
    expect(usage).toMatchObject({
      buckets: {
        boundaries: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
        counts: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      },
    })
  })
})

describe('the active span', () => {
  const setUp = (options: SluiceInstrumentationOptions) => {
    const { meterProvider } = meter()
    const provider = new sdk.TracerProvider()
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    onTestFinished(async () => {
      context.disable()
      await provider.shutdown()
    })
    instrumentation({ meterProvider, ...options })
    /** Does something within a span, and returns the span. */
    return async (act: () => Promise<unknown>) => {
      const span = provider.getTracer('test').startSpan('request')
      await context.with(trace.setSpan(context.active(), span), act)
      span.end()
      return span as unknown as sdk.ReadableSpan
    }
  }

  const admitted = {
    'sluice.limiter': 'api',
    'sluice.policy': 'default',
    'sluice.outcome': 'admitted',
    'sluice.source': 'store',
    'sluice.remaining': 1,
  }

  it('says nothing of decisions, unless it is asked to', async () => {
    const within = setUp({})
    const span = await within(() => limiter.consume('ann'))
    expect([span.events, span.attributes]).toEqual([[], {}])
  })

  it('has an event for each decision on request, also of callers at the same time', async () => {
    const within = setUp({ span: 'event' })
    const spans = await Promise.all(
      ['ann', 'bob'].map((key) =>
        within(async () => {
          await limiter.consume(key)
          await limiter.peek(key)
          await limiter.consume(key)
        }),
      ),
    )
    limiter.resetSync('bob')
    const events = [
      ['sluice.decision', admitted],
      ['sluice.decision', { ...admitted, 'sluice.remaining': 0 }],
    ]
    const seen = spans.map((span) => span.events.map(({ name, attributes }) => [name, attributes]))
    expect(seen).toEqual([events, events])
  })

  it('has attributes on request: those of the last decision', async () => {
    const within = setUp({ span: 'attributes' })
    const span = await within(async () => {
      await limiter.consume('ann', { cost: 2 })
      await limiter.consume('ann', { cost: 3 })
    })
    expect(span.attributes).toEqual({ ...admitted, 'sluice.outcome': 'refused', 'sluice.remaining': 0 })
  })

  it('is of no concern where there is none', async () => {
    setUp({ span: 'event' })
    expect((await limiter.consume('ann')).allowed).toBe(true)
  })
})

it.each([
  [{ span: 'events' }, 'Expected `span` to be one of event, attributes, got "events"'],
  [{ enabled: 1 }, 'Expected `enabled` to be true or false, got 1'],
  [{ meterProvider: {} }, 'Expected `meterProvider` to be a MeterProvider, got an object'],
  [
    { labels: [] },
    'Expected the options of sluiceInstrumentation to be among meterProvider, span, enabled, got `labels`',
  ],
])('refuses %j', (options, message) => {
  expect(() => sluiceInstrumentation(options as SluiceInstrumentationOptions)).toThrow(message)
})
