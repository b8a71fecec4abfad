import type { Decision, Mode, PolicyDecision } from '@sluice/core'
import { forever, leastWait, type Model, type ModelReading } from './model.ts'

/** A limiter as the specification has it, over models. */
export interface ReferenceLimiter {
  /** `costs` has one for each model, as `key` may have. */
  ask(mode: Mode, key: string | readonly string[], costs: readonly number[], now: number): Decision
  /** From now on other parameters apply to the same state. */
  reconfigure(models: Readonly<Record<string, Model>>): void
  /** Until when what is stored counts, one date for each state. */
  expiries(): readonly number[]
}

type Kept = { readonly state: unknown; readonly until: bigint } | undefined

/** Answers field by field what a limiter over any store must answer. */
export function referenceLimiter(initial: Readonly<Record<string, Model>>): ReferenceLimiter {
  let models = Object.entries(initial)
  // By model, and then by key.
  const keys = models.map(() => new Map<string, Kept>())

  // What is kept counts until the last of the policies that wrote it would have forgotten it.
  const keep = (model: Model, stored: unknown, before: bigint, now: bigint): Kept => {
    if (stored === undefined) return undefined
    const until = expiryOf(model, model.at(stored, now).state, now)
    return { state: stored, until: until > before ? until : before }
  }

  return {
    reconfigure(next) {
      models = Object.entries(next)
    },
    ask(mode, key, numbers, clock) {
      const now = BigInt(clock)
      const ownKeys = models.map((_, i) => (typeof key === 'string' ? key : (key[i] as string)))
      const kept = ownKeys.map((own, i) => (mode === 'reset' ? undefined : keys[i]?.get(own)))
      // Stale: moved to now, or under these parameters of more life than what is kept says.
      const read = (model: Model, i: number): Seen => {
        const one = kept[i]
        const reading = model.at(one !== undefined && now < one.until ? one.state : undefined, now)
        if (one === undefined || reading.stored === undefined) return { reading, until: 0n, stale: false }
        const until = one.until - reading.movedBy
        if (reading.state === undefined) return { reading, until, stale: false }
        const own = expiryOf(model, reading.state, now)
        // Only an expiry that other options gave it is held on to.
        return { reading, until: until > own ? until : 0n, stale: reading.movedBy > 0n || own > until }
      }

      const costs = numbers.map(BigInt)
      if (mode === 'refund') {
        for (const [i, [, model]] of models.entries()) {
          const { reading, until } = read(model, i)
          const cost = costs[i] as bigint
          if (cost > 0n && reading.state !== undefined) {
            const own = model.outlivesRefunds ? expiryOf(model, reading.state, now) : 0n
            kept[i] = keep(model, model.giveBack(reading, cost, now), until > own ? until : own, now)
          }
          costs[i] = 0n
        }
      }

      const seen = models.map(([name, model], i) => {
        const cost = costs[i] as bigint
        const one = read(model, i)
        const { state } = one.reading
        return { ...one, name, model, cost, state, allowed: cost === 0n || model.fits(state, cost, now) }
      })
      const allowed = seen.every((one) => one.allowed)

      const policies: Record<string, PolicyDecision> = {}
      const order: { name: string; left: bigint; retry: number }[] = []
      for (const [i, { name, model, cost, state, reading, until, stale, allowed: alone }] of seen.entries()) {
        const isOver = mode === 'charge' && !allowed
        const takes = mode === 'charge' || (mode === 'consume' && allowed)
        const charged = (allowed || isOver) && cost > 0n ? model.take(reading, cost, now, until) : undefined
        const taken = charged === undefined ? state : model.at(charged, now).state
        const present = takes ? taken : state
        if ((takes || mode === 'consume') && cost > 0n) {
          if (takes) kept[i] = keep(model, charged, until, now)
          else if (stale) kept[i] = keep(model, reading.stored, until, now)
        }

        // After a charge that did not fit, it is a cost of 1 that waits.
        const retryAfterMs = isOver
          ? retryAfter(model, present, 1n, now)
          : alone
            ? 0
            : retryAfter(model, state, cost, now)
        policies[name] = {
          allowed: alone,
          limit: Number(model.limit),
          used: Number(model.used(present, now)),
          remaining: Number(model.remaining(present, now)),
          retryAfterMs,
          resetAfterMs: Number(emptyAfter(model, present, now)),
          delayMs: allowed && model.shapes ? Number(emptyAfter(model, state, now)) : 0,
          cost: takes ? Number(cost) : 0,
        }
        order.push({ name, left: model.remaining(taken, now), retry: retryAfterMs })
      }
      for (const [i, own] of ownKeys.entries()) keys[i]?.set(own, kept[i])
      order.sort((a, b) => (allowed ? Number(a.left - b.left) : a.retry === b.retry ? 0 : b.retry - a.retry))
      const binding = order[0]?.name as string
      const delayMs = Math.max(...Object.values(policies).map((one) => one.delayMs))
      const own = policies[binding] as PolicyDecision
      return { ...own, allowed, delayMs, at: clock, policy: binding, policies, source: 'store' }
    },
    expiries: () => keys.flatMap((kept) => [...kept.values()].flatMap((one) => (one ? [Number(one.until)] : []))),
  }
}

interface Seen {
  readonly reading: ModelReading
  readonly until: bigint
  readonly stale: boolean
}

function expiryOf(model: Model, state: unknown, now: bigint): bigint {
  const until = now + emptyAfter(model, state, now)
  return until < forever ? until : forever
}

function retryAfter(model: Model, state: unknown, cost: bigint, now: bigint): number {
  if (cost > model.limit) return Number.POSITIVE_INFINITY
  return Number(leastWait((ms) => model.fits(model.at(state, now + ms).state, cost, now + ms)))
}

function emptyAfter(model: Model, state: unknown, now: bigint): bigint {
  return leastWait((ms) => model.at(state, now + ms).state === undefined)
}
