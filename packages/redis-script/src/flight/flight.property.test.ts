import { type Answer, type Ask, DeadlineError, StoreDownError, type StoreHealth } from '@sluice/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mostFailures } from '../server/breaker.ts'
import { type ErrorAnswer, errorAnswers } from '../server/error-answer.ts'
import { links } from '../server/link.ts'
import { type Server, server } from '../server/server.ts'
import type { Reply } from '../wire/read-reply.ts'
import type { Command, Wire } from '../wire/wire.ts'
import { type Caller, callers, type Outcomes } from './caller.ts'
import { flight } from './flight.ts'
import { enqueue, largestBatch, mostUnmerged, type Queue, queue, type Send } from './queue.ts'
import type { Weigh } from './weigh.ts'

const requestsOf = (keys: readonly string[]): Ask[] => keys.map((key) => ({ key, mode: 'consume', costs: [1] }))

/** A command that shows what it was made of. */
interface OpenCommand extends Command {
  readonly requests: readonly Ask[]
  readonly deadlines: readonly number[]
}

const bare = { script: { source: '', sha: '' }, keys: [], args: [] }
const show: Wire['spell'] = (requests, dates): OpenCommand => ({ ...bare, requests, deadlines: [...dates] })
const openWire: Wire = {
  spell: show,
  spellBatch: show,
  sounding: (): OpenCommand => ({ ...bare, requests: [], deadlines: [] }),
  read: (reply) => reply as Reply,
}

/** How callers get to be sent. */
type Open = (send: Send) => (caller: Caller) => void

const through =
  (queue: Queue) =>
  (caller: Caller): void =>
    enqueue(queue, caller)
const merged: Open = (send) => through(queue({ send }))
const single: Open = (send) => (caller) => send([caller], () => {})

interface Pushing {
  readonly signal?: AbortSignal
  readonly slot?: number
}

/** What stands in for Redis: it decides in the order of arrival, on a clock of its own, and replies when the test says so. */
function setUp({
  arrive = (_: { now: number }): Promise<void> => Promise.resolve(),
  reply = (answer: Promise<Reply>, _: number) => answer,
  open = merged,
  weigh = (() => 1) as Weigh,
  deadline = Number.POSITIVE_INFINITY,
  one = server(),
  serverAt = (_: number): Server => one,
  ofClient = (_: Error): ErrorAnswer | undefined => undefined,
} = {}) {
  const released: string[] = []
  const release = ({ requests }: Caller): void => {
    released.push(...requests.map(({ key }) => key as string))
  }
  const waiting = callers({ deadline, unsent: release })
  const decided: string[] = []
  const executions: { readonly key: string; readonly at: number; readonly now: number }[] = []
  const batches: string[][] = []
  const dates: (readonly number[])[] = []
  const health: StoreHealth[] = []
  const redis = { now: 1_000_000 }
  let scripts = 0
  const send = flight({
    limiter: 'api',
    wire: openWire,
    end: waiting.end,
    landed: release,
    run: (command) => {
      const { requests, deadlines } = command as OpenCommand
      dates.push(deadlines)
      batches.push(requests.map(({ key }) => key as string))
      scripts += 1
      return reply(
        arrive(redis).then((): Reply => {
          const outcomes = requests.map((request, i): Answer | Error => {
            const key = request.key as string
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
    answerTo: errorAnswers(ofClient),
    linkAt: links(serverAt).at,
    bySlot: () => [],
    injectedNow: () => undefined,
    onHealth: (change) => health.push(change),
  })
  const push = open(send)
  const request = (keys: readonly string[], { signal, slot = 0 }: Pushing = {}): Promise<Outcomes> => {
    const requests = requestsOf(keys)
    const work = requests.reduce((sum, each) => sum + weigh(each), 0)
    return waiting.begin({ requests, slot, work }, signal, push)
  }
  return { decided, executions, batches, dates, health, redis, released, one, request }
}

const call = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', '!c'), { minLength: 1, maxLength: 5 }),
  // How many replies arrive before this call is made.
  after: fc.nat({ max: 3 }),
  // After how many more calls its caller gives up.
  patience: fc.option(fc.nat({ max: 3 }), { freq: 3 }),
})

describe.each([
  ['merged', merged],
  ['one by one', single],
])('decisions sent %s, whatever the order of calls, replies, errors and departures', (_, open) => {
  it('reach their own callers, first come first decided', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(call, { minLength: 1, maxLength: 12 }),
      async (s, calls) => {
        const failing = new Error('the whole script failed')
        const { decided, batches, request } = setUp({
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
          const outcomes = request(keys, { signal: leave.signal }).catch((error: Error) => error)
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

describe('a queue that merges', () => {
  const sizes = (batches: readonly string[][]): number[] => batches.map(({ length }) => length)

  it('sends a lone request at once, and others once they are as many as are in flight', async () => {
    const { batches, request } = setUp()
    const calls = [...'abcdefghij'].map((key) => request([key]))
    expect(sizes(batches)).toEqual([1, 1, 2, 4])
    await Promise.all(calls)
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 2])
  })

  it('never puts more than a batch into one script, and sends a full one at once', async () => {
    const { batches, request } = setUp()
    const calls = Array.from({ length: 300 }, () => request(['a']))
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128])
    await Promise.all(calls)
    expect(sizes(batches)).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128, 44])
  })

  it('keeps the requests of one caller together', async () => {
    const { batches, request } = setUp()
    const hundred = Array.from({ length: 100 }, () => 'a')
    await Promise.all([request(['a']), request(['a']), request(hundred), request(hundred)])
    expect(sizes(batches)).toEqual([1, 1, 100, 100])
  })

  it('sends those that wait once few requests are left in flight', async () => {
    const replies: (() => void)[] = []
    const { batches, request } = setUp({
      reply: async (answer) => {
        await new Promise<void>((resolve) => replies.push(resolve))
        return answer
      },
    })
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const keys = (count: number): string[] => Array.from({ length: count }, () => 'a')
    const calls = [request(keys(20)), request(keys(30))]
    await turn()
    calls.push(request(keys(10)))
    await turn()
    expect(sizes(batches)).toEqual([20, 30])
    // 20 are left in flight: more than wait, fewer than are merged.
    replies[1]?.()
    await turn()
    await turn()
    expect(sizes(batches)).toEqual([20, 30, 10])
    for (const reply of replies) reply()
    await Promise.all(calls)
  })

  it('says when it is empty, each time', async () => {
    const empty = vi.fn()
    const { request } = setUp({ open: (send) => through(queue({ send, empty })) })
    await Promise.all([...'abcde'].map((key) => request([key])))
    expect(empty).toHaveBeenCalledTimes(1)
    await request(['f'])
    expect(empty).toHaveBeenCalledTimes(2)
  })

  it('does not send who left while waiting', async () => {
    const { batches, request } = setUp()
    const leave = new AbortController()
    const first = [request(['a']), request(['b'])]
    const left = request(['c'], { signal: leave.signal })
    leave.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    await Promise.all([...first, request(['d'])])
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
        const { batches, request } = setUp({
          weigh,
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
            pending.push(request(keys))
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
      const { request, executions } = setUp({
        deadline: 100,
        open: single,
        async arrive(redis) {
          await new Promise((resolve) => setTimeout(resolve, held))
          redis.now = Math.floor(performance.now() + ahead)
        },
      })
      await Promise.all([request(['first']), vi.advanceTimersByTimeAsync(1)])
      const made: number[] = []
      const known = [ahead]
      const calls: Promise<unknown>[] = []
      for (const [i, { waitMs, heldMs, stepMs }] of steps.entries()) {
        held = heldMs
        made.push(performance.now())
        calls.push(request([`${i}`]).catch(() => {}))
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

  /** A server that hangs while the test says so, and then replies to what it was sent meanwhile. */
  function hanging(open = merged) {
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
    const { batches, request } = hanging()
    await Promise.all([request(['a']), request(['b'])])
    await request(['c'])
    expect(batches).toEqual([[], ['a'], ['b'], ['c']])
  })

  it('settles who waits, and frees the way for those behind', async () => {
    const { batches, request, hang } = hanging()
    await request(['first'])
    hang()
    const early = ['a', 'b'].map((key) => outcomeOf(request([key])))
    vi.advanceTimersByTime(60)
    const behind = outcomeOf(request(['c']))
    vi.advanceTimersByTime(39)
    expect(batches).toHaveLength(4)
    vi.advanceTimersByTime(1)
    expect(await Promise.all(early)).toEqual([new DeadlineError(), new DeadlineError()])
    expect(batches.at(-1)).toEqual(['c'])
    vi.advanceTimersByTime(60)
    expect(await behind).toEqual(new DeadlineError())
  })

  it('does not send who came to the end of it while waiting', async () => {
    const { batches, request, hang } = hanging()
    await request(['first'])
    hang()
    const calls = ['a', 'b', 'c'].map((key) => outcomeOf(request([key])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(batches).toEqual([[], ['first'], ['a'], ['b']])
  })

  it('is sent along as a date on the clock of the server', async () => {
    const { request, redis, dates } = setUp({ deadline: 100 })
    redis.now = 5000
    await request(['a'])
    expect(dates).toEqual([[], [5100]])
  })

  it.each([3_600_000, -3_600_000])(
    'is sent again, once, when the clock of the server has moved by %i',
    async (step) => {
      const { batches, decided, request, redis } = hanging()
      await request(['first'])
      redis.now += step
      expect(await request(['a'])).toEqual([{ now: 2, views: [] }])
      expect(batches).toEqual([[], ['first'], ['a'], ['a']])
      expect(decided).toEqual(['first', 'a'])
    },
  )

  it('that was missed five times leaves the server alone, until a try after a pause succeeds', async () => {
    const { batches, request, hang, goOn, health } = hanging(single)
    await request(['first'])
    hang()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(request([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(health).toEqual([{ up: false, cause: new DeadlineError() }])
    const sent = batches.length
    expect(await outcomeOf(request(['refused']))).toEqual(new StoreDownError(new DeadlineError()))
    expect(batches).toHaveLength(sent)
    vi.advanceTimersByTime(200)
    goOn()
    await request(['tried'])
    expect(health.at(-1)).toEqual({ up: true, downMs: 200 })
    await request(['as before'])
    expect(health).toHaveLength(2)
  })

  it('that is not waited for to the end counts as missed all the same', async () => {
    const { request, hang, health } = hanging(single)
    await request(['first'])
    hang()
    for (let i = 0; i < mostFailures; i += 1) {
      const leave = new AbortController()
      const call = outcomeOf(request([`${i}`], { signal: leave.signal }))
      leave.abort()
      await call
    }
    expect(health).toEqual([])
    vi.advanceTimersByTime(100)
    expect(health).toEqual([{ up: false, cause: new DeadlineError() }])
  })

  it('is not missed by who left while the clock of the server was read, when that is answered in time', async () => {
    const { request, hang, goOn, health, batches, one } = hanging(single)
    hang()
    const leave = new AbortController()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(request([`${i}`], { signal: leave.signal })))
    const stays = outcomeOf(request(['stays']))
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
    const { request, health, one } = setUp({
      deadline: 100,
      open: single,
      reply: (answer, script) => (script <= 2 ? answer : later),
    })
    await request(['first'])
    const calls = Array.from({ length: mostFailures - 2 }, (_, i) => outcomeOf(request([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    expect(one.breaker.state).toBe('closed')
    reject()
    await later.catch(() => {})
    await Promise.resolve()
    expect([health, one.breaker.state]).toEqual([[], 'closed'])
  })

  it('that was missed is not made good by a late answer, which lets the server be tried at once', async () => {
    const { request, hang, goOn, health } = hanging(single)
    await request(['first'])
    hang()
    const calls = Array.from({ length: mostFailures }, (_, i) => outcomeOf(request([`${i}`])))
    vi.advanceTimersByTime(100)
    await Promise.all(calls)
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    expect(health).toHaveLength(1)
    await request(['tried'])
    expect(health.at(-1)).toEqual({ up: true, downMs: 0 })
  })

  it('frees those who come after a reading of the clock that never comes', async () => {
    const { request } = setUp({ deadline: 100, reply: (answer, script) => (script === 1 ? never : answer) })
    const first = outcomeOf(request(['a']))
    vi.advanceTimersByTime(100)
    expect(await first).toEqual(new DeadlineError())
    expect(await request(['b'])).toEqual([{ now: 1, views: [] }])
  })

  it('settles those who wait for the clock of a silent server too', async () => {
    const { request, batches } = setUp({ reply: () => never, deadline: 100 })
    const calls = ['a', 'b', 'c'].map((key) => outcomeOf(request([key])))
    vi.advanceTimersByTime(100)
    expect(await Promise.all(calls)).toEqual([new DeadlineError(), new DeadlineError(), new DeadlineError()])
    expect(batches).toEqual([[]])
  })

  it('lets a command count as pending for as long as it is under way, though its caller left', async () => {
    const { request, hang, goOn, released } = hanging(single)
    await request(['first'])
    hang()
    const leave = new AbortController()
    const call = outcomeOf(request(['answered'], { signal: leave.signal }))
    leave.abort()
    await call
    expect(released).toEqual(['first'])
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    expect(released).toEqual(['first', 'answered'])

    hang()
    const other = new AbortController()
    const lost = outcomeOf(request(['lost'], { signal: other.signal }))
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
  const fail = async (request: (keys: readonly string[]) => Promise<Outcomes>, times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await request([`${i}`]).catch(() => {})
  }

  it('five times is down, which every limiter says that comes across it', async () => {
    const first = setUp({ reply: refuse })
    await fail(first.request, mostFailures - 1)
    expect(first.health).toEqual([])
    await fail(first.request, 1)
    const down = { up: false, cause: new Error('connect ECONNREFUSED') }
    expect(first.health).toEqual([down])

    const second = setUp({ one: first.one })
    await expect(second.request(['a'])).rejects.toThrow(new StoreDownError(down.cause))
    expect([second.health, second.batches]).toEqual([[down], []])
  })

  it.each<[string, Error, ErrorAnswer | undefined]>([
    ['as the server says it', new Error('TRYAGAIN Multiple keys request during rehashing of slot'), undefined],
    ['as its client says it', new Error('Too many Cluster redirections'), { of: 'slot' }],
  ])('on one slot alone is not down: %s', async (_, error, answer) => {
    const { request, health, one } = setUp({ reply: () => Promise.reject(error), ofClient: () => answer })
    await fail(request, 3 * mostFailures)
    expect([health, one.breaker.cause]).toEqual([[], undefined])
  })

  it('is up again when another that answers holds its slots, not when nobody knows who does', async () => {
    const [ann, bob, nobody] = [server(), server(), server()]
    const ofBob = { slot: 1 }
    let holder = ann
    const { request, health } = setUp({
      serverAt: (slot) => (slot === ofBob.slot ? bob : holder),
      reply: (answer, script) => (script > 1 && script <= 1 + mostFailures ? refuse() : answer),
    })
    await request(['of bob'], ofBob)
    await fail(request, mostFailures)
    expect(health).toHaveLength(1)
    await request(['of bob'], ofBob)
    holder = nobody
    await request(['of bob'], ofBob)
    expect(health).toHaveLength(1)
    holder = bob
    await request(['of bob'], ofBob)
    expect(health).toMatchObject([{ up: false }, { up: true }])
  })
})
