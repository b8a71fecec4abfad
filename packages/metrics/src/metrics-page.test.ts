import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { createLimiter, memoryStore } from '@sluice/core'
import { tokenBucket } from '@sluice/token-bucket'
import { expect, it, onTestFinished } from 'vitest'
import { type LimiterMetrics, limiterMetrics } from './limiter-metrics.ts'
import { metricsPage, nodeMetricsPage } from './metrics-page.ts'

const type = 'text/plain; version=0.0.4; charset=utf-8'

function setUp(): LimiterMetrics {
  const metrics = limiterMetrics()
  onTestFinished(metrics.stop)
  const store = memoryStore({ clock: () => 1_000_000 })
  const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1s' }), store })
  for (let i = 0; i < 3; i += 1) limiter.consumeSync('ann')
  return metrics
}

it('is the text format of Prometheus', async () => {
  const response = metricsPage(setUp())()
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, type])
  const lines = (await response.text()).split('\n')
  expect(lines.at(-1)).toBe('')
  expect(lines.slice(0, 4)).toEqual([
    '# HELP sluice_decisions_total Requests to consume that were decided, by the policy that binds.',
    '# TYPE sluice_decisions_total counter',
    'sluice_decisions_total{sluice_limiter="api",sluice_policy="default",sluice_algorithm="token-bucket",sluice_outcome="admitted",sluice_source="store"} 2',
    'sluice_decisions_total{sluice_limiter="api",sluice_policy="default",sluice_algorithm="token-bucket",sluice_outcome="refused",sluice_source="store"} 1',
  ])
  const own = 'sluice_limiter="api",sluice_policy="default"'
  expect(lines.filter((line) => line.includes('retry_after'))).toEqual([
    '# HELP sluice_decision_retry_after_seconds How long the refused are told to wait. A cost above the quota is told no wait, and is not in it.',
    '# TYPE sluice_decision_retry_after_seconds histogram',
    ...['0.01', '0.1', '0.5'].map((le) => `sluice_decision_retry_after_seconds_bucket{${own},le="${le}"} 0`),
    ...['1', '5', '15', '60', '300', '900', '3600', '14400', '86400', '+Inf'].map(
      (le) => `sluice_decision_retry_after_seconds_bucket{${own},le="${le}"} 1`,
    ),
    `sluice_decision_retry_after_seconds_sum{${own}} 1`,
    `sluice_decision_retry_after_seconds_count{${own}} 1`,
  ])
})

it('is served by Node as it is by others', async () => {
  const metrics = setUp()
  const server = createServer(nodeMetricsPage(metrics))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
  expect(response.headers.get('Content-Type')).toBe(type)
  expect(await response.text()).toBe(metrics.text())
})

it('says what is missing where limiters cannot report', async () => {
  const program = `
    delete process.getBuiltinModule
    const { limiterMetrics } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
    limiterMetrics()`
  const args = ['--conditions=@sluice/source', '--input-type=module', '--eval', program]
  await expect(promisify(execFile)(process.execPath, args)).rejects.toThrow(
    'Expected the runtime to have node:diagnostics_channel, by which limiters report; it has not',
  )
})
