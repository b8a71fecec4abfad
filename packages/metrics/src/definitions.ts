/** The name of a metric that counts what has happened. */
export type CounterName =
  | 'sluice.decisions'
  | 'sluice.quota.near_limit'
  | 'sluice.charges'
  | 'sluice.refunds'
  | 'sluice.fallbacks'
  | 'sluice.failures'
  | 'sluice.store.errors'
  | 'sluice.memory.forgotten'

/** The name of a metric that says what there is now. */
export type GaugeName =
  | 'sluice.store.pending_requests'
  | 'sluice.store.active_scripts'
  | 'sluice.store.breakers'
  | 'sluice.memory.entries'
  | 'sluice.wait.pending_calls'

/** The name of a metric that counts how often a value was at most so much. */
export type HistogramName =
  | 'sluice.decision.duration'
  | 'sluice.decision.retry_after'
  | 'sluice.decision.delay'
  | 'sluice.wait.duration'
  | 'sluice.quota.usage'
  | 'sluice.store.batch.size'

/** The name of a metric. */
export type MetricName = CounterName | GaugeName | HistogramName

/** What a metric is, without its numbers. */
export interface Definition {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Of what, in UCUM: `s`, `1`, or what is counted in braces. */
  readonly unit: string
  readonly description: string
  /** Names of the attributes, in the order in which their values are given. */
  readonly attributes: readonly AttributeName[]
}

/** What a histogram is. */
export interface HistogramDefinition extends Definition {
  readonly kind: 'histogram'
  /** The upper bounds of its buckets, each inclusive; above the last there is one more. */
  readonly bounds: readonly number[]
}

/** What each metric is. */
export type Definitions = Readonly<Record<CounterName, Definition & { readonly kind: 'counter' }>> &
  Readonly<Record<GaugeName, Definition & { readonly kind: 'gauge' }>> &
  Readonly<Record<HistogramName, HistogramDefinition>>

/** All attributes that a metric may have: names that are configured, and words from short lists. Never a key or an address. */
export type AttributeName =
  | 'sluice.limiter'
  | 'sluice.policy'
  | 'sluice.algorithm'
  | 'sluice.outcome'
  | 'sluice.source'
  | 'sluice.breaker.state'
  | 'error.type'

/** An admitted request is near the limit when more than this share of the quota is used after it. */
export const nearLimit = 0.8

const durations = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const waits = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, nearLimit, 0.9, 1]
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** Every metric, by its name. */
export const definitions: Definitions = {
  'sluice.decisions': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Requests to consume that were decided, by the policy that binds.',
    attributes: ['sluice.limiter', 'sluice.policy', 'sluice.algorithm', 'sluice.outcome', 'sluice.source'],
  },
  'sluice.decision.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long a decision took, from the call.',
    attributes: ['sluice.limiter', 'sluice.source'],
    bounds: durations,
  },
  'sluice.decision.retry_after': {
    kind: 'histogram',
    unit: 's',
    description: 'How long the refused are told to wait. A cost above the quota is told no wait, and is not in it.',
    attributes: ['sluice.limiter', 'sluice.policy'],
    bounds: waits,
  },
  'sluice.decision.delay': {
    kind: 'histogram',
    unit: 's',
    description: 'How long the admitted are told to wait before they go ahead (leaky bucket), where they are.',
    attributes: ['sluice.limiter'],
    bounds: waits,
  },
  'sluice.wait.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long calls of `wait` took, by whether they were admitted, refused, or left by their callers.',
    attributes: ['sluice.limiter', 'sluice.outcome'],
    bounds: waits,
  },
  'sluice.wait.pending_calls': {
    kind: 'gauge',
    unit: '{call}',
    description: 'Calls of `wait` in a line behind others that wait for the same key.',
    attributes: ['sluice.limiter'],
  },
  'sluice.quota.usage': {
    kind: 'histogram',
    unit: '1',
    description: 'The share of a quota that is used after the store admitted a request, of each policy.',
    attributes: ['sluice.limiter', 'sluice.policy'],
    bounds: shares,
  },
  'sluice.quota.near_limit': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Requests that the store admitted and that left more than 80 % of a quota used, of each policy.',
    attributes: ['sluice.limiter', 'sluice.policy'],
  },
  'sluice.charges': {
    kind: 'counter',
    unit: '{charge}',
    description: 'Charges: within the quota, or over it.',
    attributes: ['sluice.limiter', 'sluice.outcome', 'sluice.source'],
  },
  'sluice.refunds': {
    kind: 'counter',
    unit: '{refund}',
    description: 'Refunds; those that the store did not answer are lost.',
    attributes: ['sluice.limiter', 'sluice.source'],
  },
  'sluice.fallbacks': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Decisions that were made without the store, by who made them, and why.',
    attributes: ['sluice.limiter', 'sluice.source', 'error.type'],
  },
  'sluice.failures': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that were rejected, because nobody decides in the place of the store.',
    attributes: ['sluice.limiter', 'error.type'],
  },
  'sluice.store.errors': {
    kind: 'counter',
    unit: '{script}',
    description: 'Scripts for Redis that failed, or were not answered by the deadline.',
    attributes: ['sluice.limiter', 'error.type'],
  },
  'sluice.store.batch.size': {
    kind: 'histogram',
    unit: '{request}',
    description: 'Requests that shared a script for Redis.',
    attributes: ['sluice.limiter'],
    bounds: sizes,
  },
  'sluice.store.pending_requests': {
    kind: 'gauge',
    unit: '{request}',
    description: 'Requests that wait to be sent to Redis, or whose script the client has not settled.',
    attributes: ['sluice.limiter'],
  },
  'sluice.store.active_scripts': {
    kind: 'gauge',
    unit: '{script}',
    description: 'Scripts for Redis that the client has not settled.',
    attributes: ['sluice.limiter'],
  },
  'sluice.store.breakers': {
    kind: 'gauge',
    unit: '{breaker}',
    description: 'Servers of the store, by whether the limiter sends them everything, nothing, or a trial.',
    attributes: ['sluice.limiter', 'sluice.breaker.state'],
  },
  'sluice.memory.entries': {
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries in memory stores.',
    attributes: ['sluice.limiter', 'sluice.policy'],
  },
  'sluice.memory.forgotten': {
    kind: 'counter',
    unit: '{entry}',
    description: 'Entries that a full memory store forgot though they still counted.',
    attributes: ['sluice.limiter'],
  },
}

/** The names of all metrics, in their order. */
export const metricNames: readonly MetricName[] = Object.keys(definitions) as MetricName[]

/** Whether a metric is a histogram. */
export function isHistogram(name: MetricName): name is HistogramName {
  return definitions[name].kind === 'histogram'
}
