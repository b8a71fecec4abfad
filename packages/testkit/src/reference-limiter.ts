import type { Decision, Mode, PolicyDecision } from '@sluice/core'
import { leastWait, type Model } from './model.ts'

/** A limiter as the specification has it, over models. */
export interface ReferenceLimiter {
  /** `costs` has one for each model. */
  ask(mode: Mode, key: string, costs: readonly number[], now: number): Decision
  /** From now on other parameters apply to the same state. */
  reconfigure(models: Readonly<Record<string, Model>>): void
}

type Kept = { readonly state: unknown; readonly until: bigint } | undefined

/** Answers field by field what a limiter over any store must answer. */
export function referenceLimiter(initial: Readonly<Record<string, Model>>): ReferenceLimiter {
  let models = Object.entries(initial)
  const keys = new Map<string, Kept[]>()

  // What is kept counts until the policy that wrote it would have forgotten it.
  const keep = (model: Model, state: unknown, now: bigint): Kept =>
    state === undefined ? undefined : { state, until: now + emptyAfter(model, state, now) }

  return {
    reconfigure(next) {
      models = Object.entries(next)
    },
    ask(mode, key, numbers, clock) {
      const now = BigInt(clock)
      const kept = keys.get(key) ?? models.map(() => undefined)
      keys.set(key, kept)
      if (mode === 'reset') kept.fill(undefined)
      // Stale: moved to now, or under these parameters of more life than what is kept says.
      const read = (model: Model, i: number): { readonly state: unknown; readonly stale: boolean } => {
        const one = kept[i]
        const { state, redated } = model.at(one !== undefined && now < one.until ? one.state : undefined, now)
        const longer = one !== undefined && state !== undefined && now + emptyAfter(model, state, now) > one.until
        return { state, stale: redated || longer }
      }

      const costs = numbers.map(BigInt)
      if (mode === 'refund') {
        for (const [i, [, model]] of models.entries()) {
          const { state } = read(model, i)
          const cost = costs[i] as bigint
          if (cost > 0n && state !== undefined) kept[i] = keep(model, model.giveBack(state, cost, now), now)
          costs[i] = 0n
        }
      }

      const seen = models.map(([name, model], i) => {
        const cost = costs[i] as bigint
        const { state, stale } = read(model, i)
        return { name, model, cost, state, stale, allowed: cost === 0n || model.fits(state, cost, now) }
      })
      const allowed = seen.every((one) => one.allowed)

      const policies: Record<string, PolicyDecision> = {}
      const order: { name: string; left: bigint; retry: number }[] = []
      for (const [i, { name, model, cost, state, stale, allowed: alone }] of seen.entries()) {
        const taken = allowed && cost > 0n ? model.take(state, cost, now) : state
        const present = mode === 'consume' ? taken : state
        if (mode === 'consume' && cost > 0n && (allowed || stale)) kept[i] = keep(model, present, now)

        const retryAfterMs = alone ? 0 : retryAfter(model, state, cost, now)
        policies[name] = {
          allowed: alone,
          limit: Number(model.limit),
          remaining: Number(model.remaining(present, now)),
          retryAfterMs,
          resetAfterMs: Number(emptyAfter(model, present, now)),
          delayMs: allowed && model.shapes ? Number(emptyAfter(model, state, now)) : 0,
        }
        order.push({ name, left: model.remaining(taken, now), retry: retryAfterMs })
      }
      order.sort((a, b) => (allowed ? Number(a.left - b.left) : a.retry === b.retry ? 0 : b.retry - a.retry))
      const binding = order[0]?.name as string
      const delayMs = Math.max(...Object.values(policies).map((one) => one.delayMs))
      return { ...(policies[binding] as PolicyDecision), allowed, delayMs, policy: binding, policies, source: 'store' }
    },
  }
}

function retryAfter(model: Model, state: unknown, cost: bigint, now: bigint): number {
  if (cost > model.limit) return Number.POSITIVE_INFINITY
  return Number(leastWait((ms) => model.fits(model.at(state, now + ms).state, cost, now + ms)))
}

function emptyAfter(model: Model, state: unknown, now: bigint): bigint {
  return leastWait((ms) => model.at(state, now + ms).state === undefined)
}
