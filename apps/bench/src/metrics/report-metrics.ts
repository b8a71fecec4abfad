import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import { loads, type MetricsFigures } from './measure-metrics.ts'
import { type Listener, listeners } from './task.ts'

const none = 'no diagnostics channels'
const nobody = 'nobody'
const instrumentation = '@sluice/opentelemetry, instrumentation'
const producer = '@sluice/opentelemetry, producer'
const sdk = 'nobody, and the SDK records as much'

/** The table of what it costs to listen, and the goals O1 to O3. */
export function reportMetrics(figures: MetricsFigures): Report {
  const { memory, redis, version, pinned } = figures
  const cores = pinned
    ? 'the client on one core and Redis on another'
    : 'the client and Redis wherever they happen to run'
  const rows = listeners.map((listener) => [
    listener,
    `${figure(memory[listener])} (${ratio(memory[listener], memory[nobody])})`,
    ...loads.map((load) => {
      const rate = redis[load][listener]
      return `${figure(rate / 1000)} (${ratio(rate, redis[load][nobody])})`
    }),
  ])
  const text = `
\`npx -y pnpm@12 bench metrics\`. ${describeMachine(`redis-server ${version}`, installed('ioredis'))}

What it costs to listen to a limiter: ns a decision in memory on a hot key, and thousands of decisions a second over Redis with ioredis on
10 k keys, ${cores}; and the ratio to a process in which nobody listens. A process without diagnostics channels
cannot be listened to. The difference between the two rows where nobody listens is that of a thing to itself. In the last row the SDK is given what a
decision of one policy is: a counter and two histograms, with the same attributes.

${renderTable(['who listens', 'in memory', ...loads.map((load) => `over Redis, ${load} in flight`)], rows)}
`
  return { section: 'metrics', text: text.trim(), goals: metricsGoals(figures) }
}

function metricsGoals({ memory, redis }: MetricsFigures): Goal[] {
  const added = (listener: Listener): number => memory[listener] - memory[nobody]
  const silent: Goal = {
    id: 'O1',
    claim: 'nobody listens, to no channels at all, time in memory',
    wanted: ['≤', 1.02],
    unit: '×',
    measured: memory[nobody] / memory[none],
  }
  const toSdk: Goal = {
    id: 'O2',
    claim: 'what the instrumentation adds, to what the SDK takes for as much, in memory',
    wanted: ['≤', 1.5],
    unit: '×',
    measured: added(instrumentation) / added(sdk),
  }
  const overRedis = loads.flatMap((load) => [
    rateGoal(
      'O1',
      `nobody listens, to no channels at all, throughput over Redis, ${load} in flight`,
      0.98,
      redis[load][nobody] / redis[load][none],
    ),
    ...[producer, instrumentation].map((listener) =>
      rateGoal(
        'O3',
        `${listener}, throughput over Redis, ${load} in flight`,
        0.97,
        redis[load][listener as Listener] / redis[load][nobody],
      ),
    ),
  ])
  return [silent, toSdk, ...overRedis]
}

function rateGoal(id: string, claim: string, least: number, measured: number): Goal {
  return { id, claim, wanted: ['≥', least], unit: '×', measured }
}
