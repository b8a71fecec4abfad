import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { leakyBucket } from '@sluice/leaky-bucket'
import { limiterMetrics } from '@sluice/metrics'
import { definitions, isHistogram, type MetricName, metricNames, prometheusName } from '@sluice/metrics/internal'
import { ioredisStore } from '@sluice/store-ioredis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../tooling/packages.ts'
import { findPrometheus } from '../../tooling/prometheus.ts'
import { freePort } from '../../tooling/redis.ts'
import { readQuery } from './promql.ts'

const folder = join(root, 'examples', 'monitoring')
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly description: string }
}
interface Panel {
  readonly title: string
  readonly description: string
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

const groups = (parse(read('rules.yml')) as { readonly groups: { readonly name: string; readonly rules: Rule[] }[] })
  .groups
const rules = groups.flatMap((group) => group.rules)
const { panels } = JSON.parse(read('grafana/sluice.json')) as { readonly panels: Panel[] }

/** Grafana puts these in. */
const withVariables = (expr: string): string => expr.replaceAll('$__rate_interval', '1m').replaceAll('$limiter', '.*')
const queries = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, withVariables(expr)] as const)),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
]

const names = metricNames
/** What Prometheus has of a metric: from our own page, or through OpenTelemetry, which leaves out the unit. */
const stored = (name: MetricName): readonly string[] => {
  const own = prometheusName(name)
  if (!isHistogram(name)) return [own]
  return [...new Set([own, own.replace(/_seconds$/, '')])].flatMap((one) =>
    ['bucket', 'sum', 'count'].map((part) => `${one}_${part}`),
  )
}
const ofRedisExporter = [
  'evicted_keys_total',
  'memory_used_bytes',
  'memory_max_bytes',
  'rejected_connections_total',
  'master_link_up',
]
const known = new Set([...names.flatMap(stored), ...ofRedisExporter.map((name) => `redis_${name}`)])
const asked = queries.map(([, expr]) => readQuery(expr))

describe('the dashboard and the alerts', () => {
  it.each(queries)('%s asks for metrics and labels that there are', (_, expr) => {
    const { metrics, labels } = readQuery(expr)
    expect([...metrics].filter((name) => !known.has(name))).toEqual([])
    expect(metrics.size).toBeGreaterThan(0)
    const attributes = names.flatMap((name) => definitions[name].attributes as readonly string[])
    const ours = [...attributes.map((name) => name.replaceAll('.', '_')), 'le', 'instance']
    expect([...labels].filter((label) => !ours.includes(label))).toEqual([])
  })

  it.each(names)('%s is seen in one of them, whichever way it comes', (name) => {
    const seen = asked.flatMap(({ metrics }) => [...metrics])
    const parts = stored(name)
    const wanted = new Set(parts.filter((part) => seen.includes(part)))
    expect(wanted.size).toBeGreaterThan(0)
    // Each query of a histogram in seconds takes both spellings.
    const spelled = (part: string): string => part.replace(/_seconds_/, '_')
    for (const part of wanted) {
      const others = parts.filter((other) => spelled(other) === spelled(part))
      expect([...wanted].filter((one) => others.includes(one))).toEqual(others)
    }
  })

  it('notices a query that is none, a metric that is not there, and a label', () => {
    expect(() => readQuery('sum by (le (rate(sluice_decisions_total[5m]))')).toThrow('Expected a query')
    expect(() => readQuery('rate(sluice_decisions_total[5q])')).toThrow('Expected a query')
    const query = 'a + on (b) group_left (c) sum by (d) (rate({__name__=~"e(_f)?_g", h="i"}[5m]))'
    const { metrics, labels } = readQuery(query)
    expect([[...metrics], [...labels]]).toEqual([
      ['a', 'e_g', 'e_f_g'],
      ['b', 'c', 'd', 'h'],
    ])
  })

  it('have panels that do not lie on each other, each with a sentence', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.filter(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([])
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  })

  it('have legends that name labels of their queries', () => {
    for (const { targets } of panels) {
      for (const { expr, legendFormat } of targets) {
        const { labels } = readQuery(withVariables(expr))
        const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string)
        expect(inLegend.filter((label) => !labels.has(label))).toEqual([])
      }
    }
  })

  it.each(rules)('$alert says why, as docs/operating.md does', ({ annotations: { description } }) => {
    const table = readFileSync(join(root, 'docs', 'operating.md'), 'utf8').split('\n## What to watch\n')[1] ?? ''
    const reasons = table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split(' | ').at(-1)?.replace(/ *\|$/, '').trim())
    expect(reasons).toContain(description)
  })
})

const promtool = findPrometheus('promtool')
describe.skipIf(promtool === undefined)('promtool', () => {
  const run = (...args: readonly string[]) => promisify(execFile)(promtool as string, args, { cwd: folder })

  it('finds the configuration, the alerts and their tests right', async () => {
    await run('check', 'config', 'prometheus.yml')
    await run('check', 'rules', 'rules.yml')
    await run('test', 'rules', 'rules.test.yml')
  })

  it('finds a page of metrics right', async () => {
    const metrics = await busy()
    const checking = run('check', 'metrics')
    checking.child.stdin?.end(metrics)
    // It says whatever it finds wrong.
    expect(await checking.catch((error: { readonly stderr: string }) => error)).toMatchObject({
      stdout: '',
      stderr: '',
    })
  })
})

/** A page on which every metric has a series. */
async function busy(): Promise<string> {
  const metrics = limiterMetrics()
  onTestFinished(metrics.stop)
  const client = new Redis(inject('redisUrl'))
  onTestFinished(() => client.disconnect())
  const policy = leakyBucket({ capacity: 2, leak: 1, per: '1m' })
  const overRedis = createLimiter({
    name: 'busy',
    policy,
    store: ioredisStore({ client, prefix: `busy-${process.pid}` }),
  })
  await overRedis.consume('ann')
  const small = createLimiter({ name: 'small', policy, store: memoryStore({ maxKeys: 2 }) })
  for (const key of ['ann', 'ann', 'ann', 'bob', 'cid', 'dan']) small.consumeSync(key)
  small.chargeSync('ann')
  small.refundSync('ann')
  const leaving = new AbortController()
  const waiting = small.wait('ann', { signal: leaving.signal })
  onTestFinished(async () => {
    leaving.abort()
    await expect(waiting).rejects.toThrow()
  })
  await small.wait('eve')
  const broken: Store = { bind: () => ({ apply: () => Promise.reject(new Error('OOM of memory')) }) }
  for (const failure of ['open', 'throw'] as const) {
    const limiter = createLimiter({ name: failure, policy, store: broken, failure })
    await limiter.consume('ann').catch(() => {})
  }
  client.disconnect()
  await overRedis.consume('ann')
  await setImmediate()
  return metrics.text()
}

it('the page that is tried has every metric', async () => {
  const page = await busy()
  expect(names.filter((name) => !page.includes(`# TYPE ${prometheusName(name)} `))).toEqual([])
})

describe('the application', () => {
  it('is scraped through OpenTelemetry, by the names that are known here', async () => {
    const [port, metricsPort] = [await freePort(), await freePort()]
    const args = ['--conditions=@sluice/source', join(folder, 'app.ts')]
    const env = { ...process.env, PORT: `${port}`, METRICS_PORT: `${metricsPort}`, REDIS_URL: inject('redisUrl') }
    const app = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => {
      app.kill()
    })
    await new Promise((resolve) => app.stdout.once('data', resolve))

    const user = `monitoring-${process.pid}`
    const post = { method: 'POST', headers: { 'X-User': user } }
    const statuses: number[] = []
    for (let i = 0; i < 6; i += 1) statuses.push((await fetch(`http://127.0.0.1:${port}/login`, post)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    await fetch(`http://127.0.0.1:${port}/search`)
    await fetch(`http://127.0.0.1:${port}/mail`, { method: 'POST' })

    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    const samples = [...page.matchAll(/^(sluice_\w+)(?:\{| )/gm)].map(([, name]) => name as string)
    expect(samples.filter((name) => !known.has(name))).toEqual([])
    expect(samples).toContain('sluice_decision_duration_bucket')
    expect(page).toMatch(/^sluice_decisions_total\{sluice_limiter="login",[^}]*sluice_outcome="refused"[^}]*\} 1$/m)
    expect(page).not.toContain(user)
  })
})
