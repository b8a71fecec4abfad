import {
  type Answer,
  type Ask,
  createLimiter,
  DeadlineError,
  type Decision,
  type Limiter,
  memoryStore,
  StoreDownError,
  type SyncGate,
} from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { fixedWindow } from '@sluice/fixed-window'
import calculateSlot from 'cluster-key-slot'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from './connection.ts'
import { scriptStore } from './script-store.ts'
import { mostFailures } from './server/breaker.ts'
import type { Reply } from './wire/read-reply.ts'
import type { Wire } from './wire/wire.ts'

// Scripts say in JSON what they decide, so that a server on virtual time can read it.
interface Told {
  readonly asks: readonly Ask[]
  readonly deadlines: readonly number[]
}
vi.mock('./wire/wire.ts', async (importOriginal) => {
  const wire = ({ keysOf }: { readonly keysOf: (key: Ask['key']) => readonly string[] }): Wire => {
    const spell: Wire['spell'] = (asks, deadlines) => ({
      ...bare,
      keys: asks.flatMap(({ key }) => keysOf(key)),
      args: told({ asks, deadlines }),
    })
    return {
      spell,
      spellBatch: spell,
      sounding: (key) => ({ ...bare, keys: keysOf(key), args: told({ asks: [], deadlines: [] }) }),
      read: (reply) => reply as Reply,
    }
  }
  const bare = { script: { source: '', sha: '' } }
  const told = (what: Told): string[] => [JSON.stringify(what)]
  return { ...(await importOriginal<typeof import('./wire/wire.ts')>()), wire }
})

const policy = fixedWindow({ limit: 5, window: '1h' })
const startOfServer = 1_800_000_000_000

/** While it is silent, what arrives is held until the end, or lost. */
interface Silence {
  readonly from: number
  readonly ms: number
  readonly kind: 'held' | 'lost'
}
interface Weather {
  /** From a client to the server, or back, in ms. */
  readonly wayMs: number
  readonly silences?: readonly Silence[]
  /** When the connection breaks: all that is unanswered is rejected. */
  readonly resets?: readonly number[]
  readonly isClusterNode?: boolean
  /** Nobody has asked it before. */
  readonly isNew?: boolean
  /** Told when each script is sent. */
  readonly onSend?: (at: number) => void
}
interface Call {
  readonly at: number
  readonly keys: readonly string[]
  /** After how many ms its caller gives up. */
  readonly leavesAfter?: number | null
}
interface LimiterPlan {
  readonly deadline: number
  readonly calls: readonly Call[]
  /** What the server, or the client, says to each of its scripts. */
  readonly error?: Error | null
}

/** A server on virtual time, which decides as memory does, and a connection to it. */
function simulate(
  { wayMs, silences = [], resets = [], isClusterNode = false, isNew = false, onSend }: Weather,
  plans: Record<string, LimiterPlan>,
) {
  const start = performance.now() + warmUpOf({ wayMs, isNew })
  const elapsed = (): number => performance.now() - start
  const now = (): number => startOfServer + Math.floor(elapsed())
  const memory = memoryStore({ clock: now })
  const gates = new Map<string, SyncGate>()
  const gateOf = (name: string): SyncGate => {
    const gate = gates.get(name) ?? memory.bind({ name, policies: { default: policy } })
    gates.set(name, gate)
    return gate
  }
  const copy = ({ now, views }: Answer): Answer => ({ now, views: views.map((view) => ({ ...view })) })
  const execute = (name: string, { asks, deadlines }: Told): Reply => ({
    now: now(),
    outcomes: asks.map((ask, i) =>
      now() > (deadlines[i] as number) ? new DeadlineError() : copy(gateOf(name).applySync(ask)),
    ),
  })

  const unanswered = new Set<(why: Error) => void>()
  for (const at of resets) {
    setTimeout(
      () => {
        for (const reject of unanswered) reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
        unanswered.clear()
      },
      start - performance.now() + at,
    )
  }
  const evalsha: Connection['evalsha'] = (_, keys, args) =>
    new Promise((resolve, reject) => {
      unanswered.add(reject)
      onSend?.(elapsed())
      const name = keys[0]?.split('}:')[1]?.split(':')[0] as string
      const arrival = elapsed() + wayMs
      const silence = silences.find(({ from, ms }) => from <= arrival && arrival < from + ms)
      if (silence?.kind === 'lost') return
      const executed = silence === undefined ? arrival : silence.from + silence.ms
      const slots = new Set(keys.map((key) => calculateSlot(key)))
      setTimeout(() => {
        const error =
          isClusterNode && slots.size > 1
            ? new Error("CROSSSLOT Keys in request don't hash to the same slot")
            : plans[name]?.error
        const reply = error ?? execute(name, JSON.parse(args[0] as string))
        setTimeout(() => {
          unanswered.delete(reject)
          if (reply instanceof Error) reject(reply)
          else resolve(reply)
        }, wayMs)
      }, executed - elapsed())
    })
  return { evalsha, eval: () => Promise.reject(new Error('EVAL is not asked for')) } satisfies Connection
}

interface PlayOptions {
  readonly maxPending?: number
  readonly merge?: boolean
}

/** What the limiters of a plan are told over one store, call by call. */
async function play(weather: Weather, plans: Record<string, LimiterPlan>, options: PlayOptions = {}) {
  const store = scriptStore(simulate(weather, plans), options)
  const limiters = Object.entries(plans).map(([name, { deadline }]): [string, Limiter] => [
    name,
    createLimiter({ name, policy, store, deadline, failure: 'closed' }),
  ])
  // From here on the clock of the server is known: its time is what limiters may learn from each other.
  const first = Promise.all(limiters.slice(0, weather.isNew ? 0 : 1).map(([, limiter]) => limiter.peek('first')))
  await vi.advanceTimersByTimeAsync(warmUpOf(weather))
  await first

  const said: Record<string, (readonly Decision[] | unknown)[]> = {}
  for (const [name, limiter] of limiters) {
    const own: (readonly Decision[] | unknown)[] = []
    said[name] = own
    for (const [i, { at, keys, leavesAfter }] of (plans[name] as LimiterPlan).calls.entries()) {
      setTimeout(async () => {
        const leave = new AbortController()
        if (typeof leavesAfter === 'number') setTimeout(() => leave.abort('left'), leavesAfter)
        const [key = ''] = keys
        const call =
          keys.length === 1
            ? limiter.consume(key, { signal: leave.signal }).then((one) => [one])
            : limiter.consumeMany(keys.map((each) => ({ key: each })))
        own[i] = await call.catch((why: unknown) => why)
      }, at)
    }
  }
  await vi.advanceTimersByTimeAsync(spanMs + 10_000)
  return said
}

const spanMs = 3000

/** What it takes to read the clock of the server and to be answered once, before the weather begins. */
function warmUpOf({ wayMs, isNew = false }: Weather): number {
  return isNew ? 0 : 4 * wayMs
}

/** What a user sees of decisions: without what is drawn by lot. */
function seen(outcomes: readonly unknown[]): unknown[] {
  return outcomes.map((outcome) =>
    Array.isArray(outcome)
      ? (outcome as Decision[]).map(({ allowed, remaining, source, cause }) => [
          allowed,
          remaining,
          source,
          cause && [cause.name, codeOf(cause)],
        ])
      : outcome,
  )
}

function decisionsOf(outcomes: readonly unknown[]): Decision[] {
  return outcomes.flat() as Decision[]
}

const keys = fc.array(fc.constantFrom('ann', 'bob', 'cid'), { minLength: 1, maxLength: 4 })
const callAt = (mostKeys: number) =>
  fc.record({
    at: fc.nat({ max: spanMs }),
    keys: fc.array(fc.constantFrom('ann', 'bob', 'cid'), { minLength: 1, maxLength: mostKeys }),
    leavesAfter: fc.option(fc.nat({ max: 200 }), { freq: 4 }),
  })
/** Calls at once, as of many users: what is pending, and missed, together. */
const crowd = fc
  .tuple(fc.nat({ max: spanMs }), fc.integer({ min: 1, max: 20 }), keys)
  .map(([at, times, keys]): Call[] => Array.from({ length: times }, () => ({ at, keys })))
const calls = fc
  .tuple(fc.array(callAt(4), { maxLength: 10 }), fc.array(crowd, { maxLength: 5 }))
  .map(([few, crowds]) => [...few, ...crowds.flat()])

/** Errors that are no fault of the server. */
const ownErrors = [
  new Error('ERR Error compiling script (new function): user_script:1142: function or expression too complex'),
  new Error('NOPERM this user has no permissions to access one of the keys used as arguments'),
  new Error("ERR wrong number of arguments for 'evalsha' command"),
  new Error(
    'ERR bad lua script for redis cluster, all the keys that the script uses should be passed using the KEYS array',
  ),
  new Error('ERR user_script:7: attempt to index a nil value script: f00, on @user_script:7.'),
  new Error('MOVED 5461 10.0.0.1:6379'),
  new Error('The queue is full'),
  new RangeError('Invalid string length'),
  new TypeError('Cannot read properties of undefined'),
  new DeadlineError(),
]
const neighbour = fc.record({
  deadline: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(200, 1000, 3_600_000)),
  calls,
  error: fc.option(fc.constantFrom(...ownErrors), { freq: 3 }),
})
const neighbours = fc
  .array(neighbour, { minLength: 1, maxLength: 3 })
  .map((all) => Object.fromEntries(all.map((plan, i) => [`neighbour-${i}`, plan])))
const silence = fc.record({
  from: fc.nat({ max: spanMs }),
  ms: fc.integer({ min: 1, max: 450 }),
  kind: fc.constantFrom('held' as const, 'lost' as const),
})
const well = fc.record({ deadline: fc.constantFrom(100, 300, 1000), calls })
/** Is answered all the time, but in silences: that nobody is answered is learnt of the server. */
const steady: LimiterPlan = {
  deadline: 1000,
  calls: Array.from({ length: spanMs / 250 }, (_, i) => ({ at: 250 * i, keys: ['steady'] })),
}
const options = fc.record({ maxPending: fc.constantFrom(10_000, 3, 12), merge: fc.boolean() })
const wayMs = fc.integer({ min: 1, max: 30 })

describe('neighbours on one store', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    // The pauses of breakers are spread by lot.
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('change neither the decisions of a limiter nor their source, whatever their deadlines, calls and errors, while the server answers, late or not at all', async () => {
    const property = fc.asyncProperty(
      well,
      neighbours,
      wayMs,
      fc.array(silence, { maxLength: 2 }),
      options,
      async (plan, others, wayMs, silences, options) => {
        const alone = await play({ wayMs, silences }, { well: plan, steady }, options)
        const among = await play({ wayMs, silences }, { well: plan, steady, ...others }, options)
        expect(seen(among.well as unknown[])).toEqual(seen(alone.well as unknown[]))
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })

  it('leave the store open to a limiter when the connection breaks fewer than five times, whatever is in flight', async () => {
    const resets = fc.array(fc.nat({ max: spanMs }), { minLength: 1, maxLength: mostFailures - 1 })
    const property = fc.asyncProperty(
      well,
      neighbours,
      wayMs,
      resets,
      fc.boolean(),
      async (plan, others, wayMs, resets, merge) => {
        const patient = { ...plan, deadline: 1000 }
        const { well = [] } = await play({ wayMs, resets }, { well: patient, ...others }, { merge })
        for (const { source, cause } of decisionsOf(well.filter(Array.isArray))) {
          if (source !== 'store') expect(cause).toMatchObject({ code: 'ECONNRESET' })
        }
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })

  it('do not hold up a limiter that needs the clock of the server for the first time, whatever they are told meanwhile', async () => {
    const property = fc.asyncProperty(well, neighbours, wayMs, fc.boolean(), async (plan, others, wayMs, merge) => {
      const patient = { ...plan, deadline: 1000 }
      const { well = [] } = await play({ wayMs, isNew: true }, { ...others, well: patient }, { merge })
      for (const { source } of decisionsOf(well.filter(Array.isArray))) expect(source).toBe('store')
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it('do not use up the trials of a server that was down, with deadlines that they miss', async () => {
    const resets = Array.from({ length: mostFailures }, (_, i) => 100 * (i + 1))
    const asking: LimiterPlan = { deadline: 1000, calls: resets.map((at) => ({ at: at - 1, keys: ['ann'] })) }
    // From here on the pause of 100 ms is over, and what is sent first is lost.
    const hasty: LimiterPlan = { deadline: 10, calls: [{ at: 610, keys: ['ann'] }] }
    const patient: LimiterPlan = { deadline: 1000, calls: [{ at: 630, keys: ['ann'] }] }
    const silences: Silence[] = [{ from: 605, ms: 15, kind: 'lost' }]
    const said = await play({ wayMs: 5, resets, silences }, { asking, hasty, patient })
    expect(decisionsOf(said.hasty as unknown[]).map(({ cause }) => cause?.name)).toEqual(['DeadlineError'])
    expect(decisionsOf(said.patient as unknown[]).map(({ source }) => source)).toEqual(['store'])
  })

  it('leave a connection that answers nobody alone for 3 s at a time, however many they are, so that its client gives it up', async () => {
    const asked: number[] = []
    const plans = Array.from({ length: 8 }, (_, i): [string, LimiterPlan] => [
      `limiter-${i}`,
      { deadline: 50, calls: Array.from({ length: spanMs / 10 }, (_, j) => ({ at: 10 * j, keys: ['ann'] })) },
    ])
    await play(
      { wayMs: 1, silences: [{ from: 0, ms: 20_000, kind: 'lost' }], onSend: (at) => asked.push(at) },
      Object.fromEntries(plans),
    )
    expect(asked.length).toBeGreaterThan(8 * mostFailures)
    expect(asked.filter((at) => at > 1500)).toEqual([])
  })

  it('share what is learnt of the server: that its connection breaks again and again', async () => {
    const at = Array.from({ length: mostFailures }, (_, i) => 100 * (i + 1))
    const asking: LimiterPlan = { deadline: 1000, calls: at.map((at) => ({ at: at - 1, keys: ['ann'] })) }
    const other: LimiterPlan = {
      deadline: 1000,
      calls: [
        { at: 505, keys: ['ann'] },
        { at: 900, keys: ['ann'] },
      ],
    }
    const said = await play({ wayMs: 5, resets: at }, { asking, other })
    const [during, after] = decisionsOf(said.other as unknown[])
    expect(during?.cause).toBeInstanceOf(StoreDownError)
    expect(during?.cause?.cause).toMatchObject({ code: 'ECONNRESET' })
    expect(after?.source).toBe('store')
  })
})

describe('a node of a Cluster of one shard, over a plain client', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('decides all that any limiter asks, each key within its limit, by scripts of one slot each', async () => {
    const lasting = fc.record({ calls: calls.map((all) => all.map(({ at, keys }) => ({ at, keys }))) })
    const property = fc.asyncProperty(
      fc.array(lasting, { minLength: 1, maxLength: 3 }),
      wayMs,
      fc.boolean(),
      async (plans, wayMs, merge) => {
        const named = plans.map(({ calls }, i): [string, LimiterPlan] => [`limiter-${i}`, { deadline: 1000, calls }])
        const said = await play({ wayMs, isClusterNode: true }, Object.fromEntries(named), { merge })
        for (const [name, { calls }] of named) {
          const admitted = new Map<string, number>()
          const decisions = said[name] as readonly (readonly Decision[])[]
          for (const [i, { keys }] of calls.entries()) {
            for (const [j, key] of keys.entries()) {
              const { source, allowed } = (decisions[i] as readonly Decision[])[j] as Decision
              expect(source).toBe('store')
              if (allowed) admitted.set(key, (admitted.get(key) ?? 0) + 1)
            }
          }
          const asked = calls.flatMap(({ keys }) => keys)
          for (const key of new Set(asked)) {
            const times = asked.filter((each) => each === key).length
            expect(admitted.get(key)).toBe(Math.min(times, policy.limit))
          }
        }
      },
    )
    await fc.assert(property, { numRuns: 200 })
  })
})
