import { type Answer, type Ask, DeadlineError, StoreDownError, type StoreHealth } from '@sluice/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mostFailures } from './breaker.ts'
import { callers, type Outcomes } from './caller.ts'
import { dispatch } from './dispatch.ts'
import { type Lane, largestBatch, loneLane, mergingLane, mostUnmerged, type Send, type Weigh } from './lane.ts'
import { type Server, server } from './server.ts'
import type { Reply } from './wire/read-reply.ts'
import type { Command, Wire } from './wire/wire.ts'

const asksOf = (keys: readonly string[]): Ask[] => keys.map((key) => ({ key, mode: 'consume', costs: [1] }))

/** A command that says what it was made of. */
interface Told extends Command {
  readonly asks: readonly Ask[]
  readonly deadlines: readonly number[]
}

const bare = { script: { source: '', sha: '' }, keys: [], args: [] }
const tell: Wire['spell'] = (asks, dates): Told => ({ ...bare, asks, deadlines: [...dates] })
const telling: Wire = {
  spell: tell,
  spellBatch: tell,
  sounding: (): Told => ({ ...bare, asks: [], deadlines: [] }),
  read: (reply) => reply as Reply,
}

const merging = (send: Send): Lane => mergingLane({ send })

/** What stands in for Redis: it decides in the order of arrival, on a clock of its own, and replies when it is told to. */
function setUp({
  arrive = (_: { now: number }): Promise<void> => Promise.resolve(),
  reply = (answer: Promise<Reply>, _: number) => answer,
  open = merging,
  deadline = Number.POSITIVE_INFINITY,
  one = server(),
  serverOf = (_: Ask): Server => one,
} = {}) {
  const released: string[] = []
  const waiting = callers(deadline, ({ asks }) => released.push(...asks.map(({ key }) => key)))
  const decided: string[] = []
  const executions: { readonly key: string; readonly at: number; readonly now: number }[] = []
  const batches: string[][] = []
  const dates: (readonly number[])[] = []
  const health: StoreHealth[] = []
  const redis = { now: 1_000_000 }
  let scripts = 0
  const send = dispatch({
    wire: telling,
    callers: waiting,
    run: (command) => {
      const { asks, deadlines } = command as Told
      dates.push(deadlines)
      batches.push(asks.map(({ key }) => key))
      scripts += 1
      return reply(
        arrive(redis).then((): Reply => {
          const outcomes = asks.map(({ key }, i): Answer | Error => {
            const end = deadlines[i] ?? 0
            if (redis.now > end || redis.now < end - Math.ceil(deadline)) return new DeadlineError()
            decided.push(key)
            executions.push({ key, at: performance.now(), now: redis.now })
            return key.startsWith('!') ? new Error(key) : { now: decided.length, views: [] }
          })
          return { now: redis.now, outcomes }
        }),
        scripts,
      )
    },
    serverOf,
    bySlot: () => [],
    injectedNow: () => undefined,
    onHealth: (change) => health.push(change),
  })
  const lane = open(send)
  const ask = (keys: readonly string[], signal?: AbortSignal, how: keyof Lane = 'push'): Promise<Outcomes> =>
    waiting.wait(asksOf(keys), signal, lane[how])
  return { decided, executions, batches, dates, health, redis, released, one, ask }
}

const call = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', '!c'), { minLength: 1, maxLength: 5 }),
  // How many replies arrive before this call is made.
  after: fc.nat({ max: 3 }),
  // After how many more calls its caller gives up.
  patience: fc.option(fc.nat({ max: 3 }), { freq: 3 }),
})

describe.each([
  ['merged', merging],
  ['one by one', loneLane],
])('decisions sent %s, whatever the order of calls, replies, errors and departures', (_, open) => {
  it('reach their own callers, first come first decided', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(call, { minLength: 1, maxLength: 12 }),
      async (s, calls) => {
        const failing = new Error('the whole script failed')
        const { decided, batches, ask } = setUp({
          open,
          reply: (answer, script) =>
            s.schedule(
              answer.then((found) => (script % 4 === 0 ? Promise.reject(failing) : found)),
              `script ${script}`,
            ),
        })

        const made: { keys: readonly string[]; signal: AbortSignal; outcomes: Promise<Outcomes | Error> }[] = []
        const leaving: { at: number; leave: AbortController }[] = []
        for (const [i, { keys, after, patience }] of calls.entries()) {
          for (let j = 0; j < after && s.count() > 0; j += 1) await s.waitNext(1)
          const leave = new AbortController()
          if (patience !== null) leaving.push({ at: i + patience, leave })
          const outcomes = ask(keys, leave.signal).catch((error: Error) => error)
          made.push({ keys, signal: leave.signal, outcomes })
          for (const { at, leave } of leaving) if (at === i) leave.abort()
        }
        await s.waitIdle()

        const order: number[] = []
        for (const { keys, signal, outcomes } of made) {
          const own = await outcomes
          if (own instanceof Error) {
            expect([failing, signal.reason]).toContain(own)
            continue
          }
          expect(own).toHaveLength(keys.length)
          for (const [i, outcome] of own.entries()) {
            if (outcome instanceof Error) expect(outcome.message).toBe(keys[i])
            else {
              expect(decided[outcome.now - 1]).toBe(keys[i])
              order.push(outcome.now)
            }
          }
        }
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(largestBatch)
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })
})

describe('a lane that merges', () => {
  const sizes = (batches: readonly string[][]): number[] => batches.map(({ length }) => length)

  it('sends a lone ask at once, and others once they are as many as are in flight', async () => {
    const { batches, ask } = setUp()
    const calls = [...'abcdefghij'].map((key) => ask([key]))
    expect(sizes(batches)).toEqual([1, 1, 2, 4])
    await Promise.all(calls)
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 2])
  })

  it('never puts more than a batch into one script, and sends a full one at once', async () => {
    const { batches, ask } = setUp()
    const calls = Array.from({ length: 300 }, () => ask(['a']))
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128])
    await Promise.all(calls)
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128, 44])
  })

  it('keeps the asks of one caller together', async () => {
    const { batches, ask } = setUp()
    const hundred = Array.from({ length: 100 }, () => 'a')
    await Promise.all([ask(['a']), ask(['a']), ask(hundred), ask(hundred)])
    expect(sizes(batches)).toEqual([1, 1, 100, 100])
  })

  it('says when it is empty, each time', async () => {
    const empty = vi.fn()
    const { ask } = setUp({ open: (send) => mergingLane({ send, empty }) })
    await Promise.all([...'abcde'].map((key) => ask([key])))
    expect(empty).toHaveBeenCalledTimes(1)
    await ask(['f'])
    expect(empty).toHaveBeenCalledTimes(2)
  })

  it('does not send who left while waiting', async () => {
    const { batches, ask } = setUp()
    const leave = new AbortController()
    const first = [ask(['a']), ask(['b'])]
    const left = ask(['c'], leave.signal)
    leave.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    await Promise.all([...first, ask(['d'])])
    expect(batches).toEqual([['a'], ['b'], ['d']])
  })
})

describe('on virtual time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const turn = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 12 })),
    // How many requests each call makes.
    calls: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 140 })), {
      minLength: 1,
      maxLength: 40,
    }),
  })
  const weights = fc.oneof(fc.constant(1), fc.constantFrom(1.25, 4, 33))

  it('nobody waits for the reply to another while fewer than 32 requests are in flight', async () => {
    const property = fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      weights,
      async (turns, latencies, weight) => {
        const weigh: Weigh = () => weight
        let answered = 0
        const { batches, ask } = setUp({
          open: (send) => mergingLane({ send, weigh }),
          reply: async (answer) => {
            const { value: latencyMs } = latencies.next()
            const size = batches.at(-1)?.length ?? 0
            await new Promise((resolve) => setTimeout(resolve, latencyMs))
            answered += size
            return answer
          },
        })
        const pending: Promise<unknown>[] = []
        let made = 0
        const nothingWaits = async (): Promise<void> => {
          // The turn of the event loop ends, and no time passes.
          await new Promise((resolve) => setImmediate(resolve))
          const sent = batches.flat().length
          if (sent - answered < mostUnmerged) expect(sent).toBe(made)
        }
        for (const { afterMs, calls } of turns) {
          for (let ms = 0; ms < afterMs; ms += 1) {
            await vi.advanceTimersByTimeAsync(1)
            await nothingWaits()
          }
          const mayNotWait: string[] = []
          for (const size of calls) {
            const keys = Array.from({ length: size }, (_, i) => `${made + i}`)
            made += size
            if (batches.flat().length - answered < mostUnmerged) mayNotWait.push(...keys)
            pending.push(ask(keys))
          }
          await nothingWaits()
          const sent = new Set(batches.flat())
          expect(mayNotWait.filter((key) => !sent.has(key))).toEqual([])
        }
        await vi.runAllTimersAsync()
        await Promise.all(pending)
        expect(batches.flat()).toEqual(Array.from({ length: made }, (_, i) => `${i}`))
        // Each call is of at most 140, and goes in one piece.
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(Math.max(largestBatch / weight, 140))
      },
    )
    await fc.assert(property, { numRuns: 150 })
  })

  it('nothing is executed after its deadline, unless the clock was set back by as much as it was held up', async () => {
    const step = fc.record({
      waitMs: fc.nat({ max: 300 }),
      // Held up on the way for so long.
      heldMs: fc.oneof(fc.constant(0), fc.nat({ max: 1000 })),
      stepMs: fc.oneof(fc.constant(0), fc.integer({ min: -2000, max: 2000 }), fc.constantFrom(-3_600_000, 3_600_000)),
    })
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      let ahead = 1_000_000
      let held = 0
      const { ask, executions } = setUp({
        deadline: 100,
        open: loneLane,
        async arrive(redis) {
          await new Promise((resolve) => setTimeout(resolve, held))
          redis.now = Math.floor(performance.now() + ahead)
        },
      })
      await Promise.all([ask(['first']), vi.advanceTimersByTimeAsync(1)])
      const made: number[] = []
      const known = [ahead]
      const calls: Promise<unknown>[] = []
      for (const [i, { waitMs, heldMs, stepMs }] of steps.entries()) {
        held = heldMs
        made.push(performance.now())
        calls.push(ask([`${i}`]).catch(() => {}))
        await vi.advanceTimersByTimeAsync(waitMs)
        ahead += stepMs
        known.push(ahead)
        await vi.advanceTimersByTimeAsync(waitMs)
      }
      await vi.runAllTimersAsync()
      await Promise.all(calls)
      for (const { key, at, now } of executions.slice(1)) {
        const agoMs = at - (made[Number(key)] as number)
        const lateMs = agoMs - 100
        // How far the clock was set back since the process learnt what it says.
        const backMs = known.map((ahead) => ahead - (now - at))
        if (lateMs > 1) expect(backMs.some((ms) => ms >= lateMs - 1 && ms <= agoMs + 1)).toBe(true)
      }
    })
    await fc.assert(property, { numRuns: 300 })
  })
})

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const never = new Promise<Reply>(() => {})
  const outcomeOf = (call: Promise<Outcomes>): Promise<unknown> => call.catch((error: unknown) => error)

  /** A server that hangs while it is told to, and then replies to what it was sent meanwhile. */
  function hanging(open: (send: Send) => Lane = merging) {
    let goOn = (): void => {}
    let hung: Promise<void> | undefined
    const reply = (answer: Promise<Reply>): Promise<Reply> => (hung === undefined ? answer : hung.then(() => answer))
    return {
      ...setUp({ open, reply, deadline: 100 }),
      hang: () => {
        hung = new Promise((resolve) => {
          goOn = resolve
        })
      },
      goOn: () => {
        hung = undefined
        goOn()
      },
    }
  }

  it('reads the clock of a server that is not known yet first, once', async () => {
    const { batches, ask } = hanging()
    await Promise.all([ask(['a']), ask(['b'])])
    await ask(['c'])
    expect(batches).toEqual([[], ['a'], ['b'], ['c']])
  })

  it('settles who waits, and frees the way for those behind', async () => {
    const { batches, ask, hang } = hanging()
    await ask(['first'])
    hang()
    const early = ['a', 'b'].map((key) => outcomeOf(ask([key])))
    vi.advanceTimersByTime(60)
    const behind = outcomeOf(ask(['c']))
    vi.advanceTimersByTime(39)
    expect(batches).toHaveLength(4)
    vi.advanceTimersByTime(1)
    expect(await Promise.all(early)).toEqual([new DeadlineError(), new DeadlineError()])
    expect(batches.at(-1)).toEqual(['c'])
    vi.advanceTimersByTime(60)
    expect(await behind).toEqual(new DeadlineError())
  })

  it('does not send who came to the end of it while waiting', async () => {
    const { batches, ask, hang } = hanging()
    await ask(['first'])
    hang()
    const calls = ['a', 'b', 'c'].map((key) => outcomeOf(ask([key])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(batches).toEqual([[], ['first'], ['a'], ['b']])
  })

  it('is sent along as a date on the clock of the server', async () => {
    const { ask, redis, dates } = setUp({ deadline: 100 })
    redis.now = 5000
    await ask(['a'])
    expect(dates).toEqual([[], [5100]])
  })

  it.each([3_600_000, -3_600_000])(
    'is sent again, once, when the clock of the server has moved by %i',
    async (step) => {
      const { batches, decided, ask, redis } = hanging()
      await ask(['first'])
      redis.now += step
      expect(await ask(['a'])).toEqual([{ now: 2, views: [] }])
      expect(batches).toEqual([[], ['first'], ['a'], ['a']])
      expect(decided).toEqual(['first', 'a'])
    },
  )

  it('that was missed five times leaves the server alone, until a try after a pause succeeds', async () => {
    const { batches, ask, hang, goOn, health } = hanging(loneLane)
    await ask(['first'])
    hang()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(ask([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(health).toEqual([{ up: false, cause: new DeadlineError() }])
    const sent = batches.length
    expect(await outcomeOf(ask(['refused']))).toEqual(new StoreDownError(new DeadlineError()))
    expect(batches).toHaveLength(sent)
    vi.advanceTimersByTime(200)
    goOn()
    await ask(['tried'])
    expect(health.at(-1)).toEqual({ up: true, downMs: 200 })
    await ask(['as before'])
    expect(health).toHaveLength(2)
  })

  it('that is not waited for to the end counts as missed all the same', async () => {
    const { ask, hang, health } = hanging(loneLane)
    await ask(['first'])
    hang()
    for (let i = 0; i < mostFailures; i += 1) {
      const leave = new AbortController()
      const call = outcomeOf(ask([`${i}`], leave.signal))
      leave.abort()
      await call
    }
    expect(health).toEqual([])
    vi.advanceTimersByTime(100)
    expect(health).toEqual([{ up: false, cause: new DeadlineError() }])
  })

  it('is not missed by who left while the clock of the server was read, when that is answered in time', async () => {
    const { ask, hang, goOn, health, batches, one } = hanging(loneLane)
    hang()
    const leave = new AbortController()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(ask([`${i}`], leave.signal)))
    const stays = outcomeOf(ask(['stays']))
    leave.abort()
    await Promise.all(calls)
    goOn()
    expect(await stays).toEqual([{ now: 1, views: [] }])
    vi.advanceTimersByTime(100)
    expect(batches).toEqual([[], ['stays']])
    expect([health, one.breaker.cause]).toEqual([[], undefined])
  })

  it('that is missed by commands which are rejected later is missed once', async () => {
    let reject = (): void => {}
    const later = new Promise<Reply>((_, fail) => {
      reject = () => fail(new Error('Command timed out'))
    })
    const { ask, health, one } = setUp({
      deadline: 100,
      open: loneLane,
      reply: (answer, script) => (script <= 2 ? answer : later),
    })
    await ask(['first'])
    const calls = Array.from({ length: mostFailures - 2 }, (_, i) => outcomeOf(ask([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(one.breaker.state).toBe('closed')
    reject()
    await later.catch(() => {})
    await Promise.resolve()
    expect([health, one.breaker.state]).toEqual([[], 'closed'])
  })

  it('that was missed is not made good by a late answer, which lets the server be tried at once', async () => {
    const { ask, hang, goOn, health } = hanging(loneLane)
    await ask(['first'])
    hang()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(ask([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    expect(health).toHaveLength(1)
    await ask(['tried'])
    expect(health.at(-1)).toEqual({ up: true, downMs: 0 })
  })

  it('frees those who come after a reading of the clock that never comes', async () => {
    const { ask } = setUp({ deadline: 100, reply: (answer, script) => (script === 1 ? never : answer) })
    const first = outcomeOf(ask(['a']))
    vi.advanceTimersByTime(100)
    expect(await first).toEqual(new DeadlineError())
    expect(await ask(['b'])).toEqual([{ now: 1, views: [] }])
  })

  it('settles those who wait for the clock of a silent server too', async () => {
    const { ask, batches } = setUp({ reply: () => never, deadline: 100 })
    const calls = ['a', 'b', 'c'].map((key) => outcomeOf(ask([key])))
    vi.advanceTimersByTime(100)
    expect(await Promise.all(calls)).toEqual([new DeadlineError(), new DeadlineError(), new DeadlineError()])
    expect(batches).toEqual([[]])
  })

  it('lets a command count as pending for as long as it is under way, though its caller left', async () => {
    const { ask, hang, goOn, released } = hanging(loneLane)
    await ask(['first'])
    hang()
    const leave = new AbortController()
    const call = outcomeOf(ask(['answered'], leave.signal))
    leave.abort()
    await call
    expect(released).toEqual(['first'])
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    expect(released).toEqual(['first', 'answered'])

    hang()
    const other = new AbortController()
    const lost = outcomeOf(ask(['lost'], other.signal))
    other.abort()
    await lost
    vi.advanceTimersByTime(99)
    expect(released).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(released).toEqual(['first', 'answered', 'lost'])
  })
})

describe('a server that fails', () => {
  const refuse = (): Promise<Reply> => Promise.reject(new Error('connect ECONNREFUSED'))
  const fail = async (ask: (keys: readonly string[]) => Promise<Outcomes>, times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await ask([`${i}`]).catch(() => {})
  }

  it('five times is down, which every limiter says that comes across it', async () => {
    const first = setUp({ reply: refuse })
    await fail(first.ask, mostFailures - 1)
    expect(first.health).toEqual([])
    await fail(first.ask, 1)
    const down = { up: false, cause: new Error('connect ECONNREFUSED') }
    expect(first.health).toEqual([down])

    const second = setUp({ one: first.one })
    await expect(second.ask(['a'])).rejects.toThrow(new StoreDownError(down.cause))
    expect([second.health, second.batches]).toEqual([[down], []])
  })

  it.each([
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys request during rehashing of slot',
  ])('on one slot alone is not down: %s', async (message) => {
    const { ask, health, one } = setUp({ reply: () => Promise.reject(new Error(message)) })
    await fail(ask, 3 * mostFailures)
    expect([health, one.breaker.cause]).toEqual([[], undefined])
  })

  it('on one slot alone is not down: as node-redis says it', async () => {
    const cause = new Error('MOVED 5461 10.0.0.1:6379')
    const { ask, health } = setUp({
      reply: () => Promise.reject(new Error('Too many Cluster redirections', { cause })),
    })
    await fail(ask, 3 * mostFailures)
    expect(health).toEqual([])
  })

  it('is up again when another that answers holds its slots, not when nobody knows who does', async () => {
    const [ann, bob, nobody] = [server(), server(), server()]
    let holder = ann
    const { ask, health } = setUp({
      serverOf: ({ key }) => (key === 'of bob' ? bob : holder),
      reply: (answer, script) => (script > 1 && script <= 1 + mostFailures ? refuse() : answer),
    })
    await ask(['of bob'])
    await fail(ask, mostFailures)
    expect(health).toHaveLength(1)
    await ask(['of bob'])
    holder = nobody
    await ask(['of bob'])
    expect(health).toHaveLength(1)
    holder = bob
    await ask(['of bob'])
    expect(health).toMatchObject([{ up: false }, { up: true }])
  })
})
