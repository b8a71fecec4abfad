import type { DecisionMessage, LimiterEvent, ScriptMessage, StoreLevel, WaitMessage } from '@sluice/core'
import type { Cell, Counts } from './counts.ts'
import { nearLimit } from './definitions.ts'

const msInSecond = 1000

/** Counts what a limiter decided. What only looks or forgets is no decision. */
export function countDecision(counts: Counts, message: DecisionMessage): void {
  const { mode } = message
  if (mode === 'consume') countConsume(counts, message)
  else if (mode === 'charge') countCharge(counts, message)
  else if (mode === 'refund') increase(counts.cells['sluice.refunds'].at(message.limiter, message.source))
}

function countConsume({ cells, distributions }: Counts, message: DecisionMessage): void {
  const { limiter, policy, allowed, source, retryAfterMs, delayMs, durationMs } = message
  const { policy: decisive, algorithm } = message.shadow ?? message
  increase(cells['sluice.decisions'].at(limiter, decisive, algorithm, outcomeOf(message), source))
  distributions['sluice.decision.duration'].at(limiter, source).record(seconds(durationMs))
  if (delayMs > 0) distributions['sluice.decision.delay'].at(limiter).record(seconds(delayMs))
  if (!allowed && retryAfterMs < Number.POSITIVE_INFINITY) {
    distributions['sluice.decision.retry_after'].at(limiter, policy).record(seconds(retryAfterMs))
  }
  if (allowed && source === 'store') countUsage({ cells, distributions }, message)
}

/** What became of a request: it was admitted, but for a policy in shadow mode it would have been refused; or as the limiter says. */
function outcomeOf({ allowed, shadow }: DecisionMessage): string {
  if (shadow !== undefined) return 'shadow-refused'
  return allowed ? 'admitted' : 'refused'
}

function countUsage({ cells, distributions }: Counts, { limiter, policies }: DecisionMessage): void {
  for (const policy of Object.keys(policies)) {
    const { used, limit } = policies[policy] as DecisionMessage['policies'][string]
    const share = used / limit
    distributions['sluice.quota.usage'].at(limiter, policy).record(share)
    if (share > nearLimit) increase(cells['sluice.quota.near_limit'].at(limiter, policy))
  }
}

function countCharge({ cells }: Counts, { limiter, source, allowed }: DecisionMessage): void {
  increase(cells['sluice.charges'].at(limiter, allowed ? 'within' : 'over', source))
}

/** Counts what a limiter reports of itself. */
export function countEvent({ cells }: Counts, event: LimiterEvent): void {
  if (event.type === 'fallback') increase(cells['sluice.fallbacks'].at(event.limiter, event.source, event.code))
  else if (event.type === 'failed') increase(cells['sluice.failures'].at(event.limiter, event.code))
  else if (event.type === 'store:forgot') increase(cells['sluice.memory.forgotten'].at(event.limiter), event.entries)
}

/** Counts what happens to a script for Redis. */
export function countScript({ cells, distributions }: Counts, message: ScriptMessage): void {
  if (message.type === 'sent') distributions['sluice.store.batch.size'].at(message.limiter).record(message.requests)
  else increase(cells['sluice.store.errors'].at(message.limiter, message.code))
}

/** Counts a call of `wait` that has ended. */
export function countWait({ distributions }: Counts, { limiter, outcome, durationMs }: WaitMessage): void {
  distributions['sluice.wait.duration'].at(limiter, outcome).record(seconds(durationMs))
}

/** Adds up what a store holds for a limiter: several may hold something under one name. */
export function addLevel({ cells }: Counts, level: StoreLevel): void {
  const { limiter } = level
  if (level.type === 'memory') {
    increase(cells['sluice.memory.entries'].at(limiter, level.policy), level.entries)
    return
  }
  if (level.type === 'waiting') {
    increase(cells['sluice.wait.pending_calls'].at(limiter), level.calls)
    return
  }
  increase(cells['sluice.store.pending_requests'].at(limiter), level.pending)
  increase(cells['sluice.store.active_scripts'].at(limiter), level.scripts)
  for (const state of ['closed', 'open', 'half-open'] as const) {
    const breakers = level.breakers.filter((one) => one === state)
    increase(cells['sluice.store.breakers'].at(limiter, state), breakers.length)
  }
}

/** Before levels are added up anew. What once had a level is 0 from then on, not gone. */
export function clearLevels({ cells }: Counts): void {
  const gauges = [
    cells['sluice.memory.entries'],
    cells['sluice.wait.pending_calls'],
    cells['sluice.store.pending_requests'],
    cells['sluice.store.active_scripts'],
    cells['sluice.store.breakers'],
  ]
  for (const gauge of gauges) for (const [, cell] of gauge.all()) cell.value = 0
}

function increase(cell: Cell, by = 1): void {
  cell.value += by
}

/** Without a clock that never goes back, a duration may be below 0. */
function seconds(ms: number): number {
  return Math.max(0, ms) / msInSecond
}
