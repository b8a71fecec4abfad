import assert from 'node:assert/strict'
import { createLimiter, type Limiter, type Store } from '@sluice/core'
import fc from 'fast-check'
import { costOf, forwardMove, historyClock, type Move, type Weight, weight } from './history.ts'
import type { Effort } from './playing.ts'
import type { OpenStore, Pair, StoredEntry, Subject } from './subject.ts'

/** Consumes from one of the keys of a limiter, or from new keys, one after the other. */
interface Turn {
  readonly limiter: number
  readonly key: number
  /** How many more keys come, never seen before. */
  readonly flood: number
  readonly weight: Weight
  readonly move: Move
}

/** One limiter, whose policies have other options each. */
interface Cast {
  readonly options: readonly unknown[]
}

const turn: fc.Arbitrary<Turn> = fc.record({
  limiter: fc.nat(2),
  key: fc.oneof(fc.nat(2), fc.nat(9)),
  flood: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }) }),
  weight: fc.oneof(
    { weight: 1, arbitrary: weight },
    { weight: 2, arbitrary: fc.constant({ of: 'limit', offset: 0 } as const) },
  ),
  // Mostly no time passes, or what is remembered would expire.
  move: fc.oneof({ weight: 4, arbitrary: fc.constant({ to: 'stay' } as const) }, { weight: 1, arbitrary: forwardMove }),
})

function castOf(subject: Subject): fc.Arbitrary<readonly Cast[]> {
  const one = fc.record({ options: fc.array(subject.options, { minLength: 1, maxLength: 3 }) })
  return fc.array(one, { minLength: 3, maxLength: 3 })
}

/**
 * Law 16: plays turns on a store of at most `maxKeys` entries. What a consume was asked about last, admitted or refused,
 * half of `maxKeys` entries in all, is there as it was left, until it expires.
 */
export async function checkRemembered({ subject, harness }: Pair, effort: Effort): Promise<void> {
  const { openBounded } = harness
  if (openBounded === undefined) return
  const property = fc.asyncProperty(
    castOf(subject),
    fc.array(turn, { minLength: 1, maxLength: 40, size: 'max' }),
    fc.integer({ min: 0, max: 20 }),
    async (cast, turns, more) => {
      const maxKeys = 2 * Math.max(...cast.map(({ options }) => options.length)) + more
      const clock = historyClock(0)
      const open = await openBounded(clock.read, maxKeys)
      try {
        await playTurns({ subject, cast, turns, maxKeys, clock, open })
      } finally {
        await open.close()
      }
    },
  )
  await fc.assert(property, effort)
}

/** An entry as the latest decision on it left it. */
interface Touched extends StoredEntry {
  readonly decision: number
}

interface Played {
  readonly subject: Subject
  readonly cast: readonly Cast[]
  readonly turns: readonly Turn[]
  readonly maxKeys: number
  readonly clock: ReturnType<typeof historyClock>
  readonly open: OpenStore
}

async function playTurns({ subject, cast, turns, maxKeys, clock, open }: Played): Promise<void> {
  // What is forgotten on purpose is nothing to warn of.
  const store: Store = { bind: (limiter) => open.store.bind({ ...limiter, onForgot: undefined }) }
  const limiters = cast.map(({ options }, i) => {
    const policies = Object.fromEntries(options.map((one, j) => [`p${j}`, subject.policy(one)]))
    const limit = Math.min(...Object.values(policies).map((policy) => policy.limit))
    return { limit, limiter: createLimiter({ name: `law${i}`, policies, store, failure: 'throw' }) }
  })
  const span = Math.max(...cast.flatMap(({ options }) => options.map((one) => subject.span(one))))
  // The entries of each limiter's key, and all that were touched, the latest last: as each was left.
  const own = new Map<string, readonly string[]>()
  const touched = new Map<string, Touched>()
  let decisions = 0
  let last = { retryAfterMs: 0, resetAfterMs: 0 }

  const consume = async (i: number, limiter: Limiter, key: string, cost: number): Promise<void> => {
    decisions += 1
    const before = new Map((await open.stored()).map((one) => [one.key, one]))
    last = await limiter.consume(key, { cost })
    const after = new Map((await open.stored()).map((one) => [one.key, one]))
    const id = `${i} ${key}`
    const written = [...after.values()].filter((one) => before.get(one.key)?.fingerprint !== one.fingerprint)
    const entries = new Set([...(own.get(id) ?? []), ...written.map((one) => one.key)])
    own.set(id, [...entries])
    for (const one of entries) {
      // What had been forgotten and was not written again is not touched.
      const left = after.get(one) ?? before.get(one)
      touched.delete(one)
      if (left !== undefined) touched.set(one, { ...left, decision: decisions })
    }

    assert.ok(after.size <= maxKeys, `${after.size} entries, at most ${maxKeys}`)
    for (const { key: one, fingerprint, expiresAt = Number.POSITIVE_INFINITY } of latestOf(touched, maxKeys)) {
      if (expiresAt > clock.now) assert.equal(after.get(one)?.fingerprint, fingerprint, `${one} is remembered`)
    }
  }

  let newcomers = 0
  for (const { limiter: i, key, flood, weight, move } of turns) {
    clock.move(move, span, last)
    const { limiter, limit } = limiters[i] as (typeof limiters)[number]
    const cost = Math.min(costOf(weight, limit), limit)
    await consume(i, limiter, `${key}`, cost)
    for (let j = 0; j < flood; j += 1) {
      newcomers += 1
      await consume(i, limiter, `new:${newcomers}`, cost)
    }
  }
}

/** Those of the latest decisions, in whole, that come to half of `maxKeys` at most: one decision has no order within. */
function latestOf(touched: ReadonlyMap<string, Touched>, maxKeys: number): Touched[] {
  const all = [...touched.values()]
  const latest = all.slice(-Math.floor(maxKeys / 2))
  const cut = all.at(-latest.length - 1)?.decision
  return latest.filter(({ decision }) => decision !== cut)
}
