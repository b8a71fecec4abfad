import { createLimiter, type Decision, type Gate, type Limiter, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { tokenBucket } from '@sluice/token-bucket'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const one = fixedWindow({ limit: 1, window: '1s' })
const turns = leakyBucket({ capacity: 5, leak: 1, per: '1s' })
const reason = new Error('left')

/** What becomes of a call, as soon as it is known. */
function watch(call: Promise<Decision>): { end: unknown } {
  const seen: { end: unknown } = { end: 'waits' }
  call.then(
    ({ allowed }) => {
      seen.end = allowed
    },
    (error) => {
      seen.end = error
    },
  )
  return seen
}

/** A store whose answers come when they are let go. */
function held() {
  const inner = memoryStore()
  const letGo: (() => void)[] = []
  const bind: Store['bind'] = (binding) => {
    const gate = inner.bind(binding)
    const apply: Gate['apply'] = async (asks) => {
      const answers = await gate.apply(asks)
      await new Promise<void>((resolve) => letGo.push(resolve))
      return answers
    }
    return { apply }
  }
  return { store: { bind } satisfies Store, inner, letGo }
}

describe('who leaves', () => {
  it('behind others gives up its place', async () => {
    const limiter = createLimiter({ policy: one })
    await limiter.consume('k')
    const leaving = new AbortController()
    const [first, second, third] = [
      limiter.wait('k'),
      limiter.wait('k', { signal: leaving.signal }),
      limiter.wait('k'),
    ].map(watch)
    await vi.advanceTimersByTimeAsync(500)
    leaving.abort(reason)
    await vi.advanceTimersByTimeAsync(500)
    expect([first?.end, second?.end, third?.end]).toEqual([true, reason, 'waits'])
    await vi.advanceTimersByTimeAsync(1000)
    expect(third?.end).toBe(true)
  })

  it('at the head of the line lets the next ask', async () => {
    const limiter = createLimiter({ policy: one })
    await limiter.consume('k')
    const leaving = new AbortController()
    const [first, second] = [limiter.wait('k', { signal: leaving.signal }), limiter.wait('k')].map(watch)
    await vi.advanceTimersByTimeAsync(999)
    leaving.abort(reason)
    await vi.advanceTimersByTimeAsync(1)
    expect([first?.end, second?.end]).toEqual([reason, true])
  })

  it('before its turn gives it back, where nobody was told a later one', async () => {
    const limiter = createLimiter({ policy: turns })
    await limiter.consume('k')
    const leaving = new AbortController()
    const call = watch(limiter.wait('k', { signal: leaving.signal }))
    await vi.advanceTimersByTimeAsync(100)
    expect(limiter.peekSync('k').used).toBe(2)
    leaving.abort(reason)
    await vi.advanceTimersByTimeAsync(0)
    expect([call.end, limiter.peekSync('k').used]).toEqual([reason, 1])
  })

  it('before its turn leaves it empty, where somebody was told a later one', async () => {
    const limiter = createLimiter({ policy: turns })
    await limiter.consume('k')
    const leaving = new AbortController()
    const [first, second] = [limiter.wait('k', { signal: leaving.signal }), limiter.wait('k')].map(watch)
    await vi.advanceTimersByTimeAsync(100)
    leaving.abort(reason)
    await vi.advanceTimersByTimeAsync(1800)
    expect([first?.end, second?.end]).toEqual([reason, 'waits'])
    await vi.advanceTimersByTimeAsync(100)
    expect(second?.end).toBe(true)
  })

  it('while it is being decided is charged nothing in the end', async () => {
    const { store, inner, letGo } = held()
    const policy = tokenBucket({ capacity: 5, refill: 1, per: '1h' })
    const limiter = createLimiter({ name: 'a', policy, store })
    const leaving = new AbortController()
    const call = watch(limiter.wait('k', { cost: 3, signal: leaving.signal }))
    await vi.advanceTimersByTimeAsync(0)
    leaving.abort(reason)
    await vi.advanceTimersByTimeAsync(0)
    const direct = createLimiter({ name: 'a', policy, store: inner })
    expect([call.end, direct.peekSync('k').used]).toEqual([reason, 3])
    for (const answer of letGo.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(direct.peekSync('k').used).toBe(0)
  })

  it('before it has come is charged nothing', async () => {
    const limiter = createLimiter({ policy: one })
    await expect(limiter.wait('k', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(limiter.peekSync('k').used).toBe(0)
  })
})

describe('a wait', () => {
  it('that would never end is a refusal', async () => {
    const limiter = createLimiter({ policy: one })
    expect(await limiter.wait('k', { cost: 2 })).toMatchObject({
      allowed: false,
      retryAfterMs: Number.POSITIVE_INFINITY,
    })
  })

  it('for a turn that comes too late is refused before it is charged', async () => {
    const limiter = createLimiter({ policy: turns })
    await limiter.consume('k', { cost: 3 })
    expect(await limiter.wait('k', { maxWait: '2s' })).toMatchObject({
      allowed: false,
      cost: 0,
      delayMs: 0,
      retryAfterMs: 1000,
    })
    expect(limiter.peekSync('k').used).toBe(3)
    const call = watch(limiter.wait('k', { maxWait: '3s' }))
    await vi.advanceTimersByTimeAsync(2999)
    expect(call.end).toBe('waits')
    await vi.advanceTimersByTimeAsync(1)
    expect(call.end).toBe(true)
  })

  it('makes room for other processes that were faster, and stays within `maxWait`', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.99)
    const store = memoryStore()
    const [mine, theirs] = [1, 2].map(() => createLimiter({ name: 'a', policy: one, store }))
    await mine?.consume('k')
    for (const ms of [1000, 2000]) setTimeout(() => theirs?.consumeSync('k'), ms)
    const call = watch((mine as Limiter).wait('k', { maxWait: 3050 }))
    await vi.advanceTimersByTimeAsync(3049)
    expect(call.end).toBe('waits')
    await vi.advanceTimersByTimeAsync(1)
    expect(call.end).toBe(true)
    vi.restoreAllMocks()
  })

  it('goes on for longer than a timer can', async () => {
    const limiter = createLimiter({ policy: fixedWindow({ limit: 1, window: '60d' }) })
    await limiter.consume('k')
    const call = watch(limiter.wait('k'))
    await vi.advanceTimersByTimeAsync(60 * 86_400_000 - 1)
    expect(call.end).toBe('waits')
    await vi.advanceTimersByTimeAsync(1)
    expect(call.end).toBe(true)
  })

  it('on one key holds up no other, and tiers share a line', async () => {
    const limiter = createLimiter({ policy: one })
    await limiter.consume('k')
    const tier = limiter.with({ policy: fixedWindow({ limit: 3, window: '1s' }) })
    const first = watch(limiter.wait('k'))
    await vi.advanceTimersByTimeAsync(0)
    const [behind, other] = [tier.wait('k'), limiter.wait('["k"]')].map(watch)
    await vi.advanceTimersByTimeAsync(0)
    expect([first.end, behind?.end, other?.end]).toEqual(['waits', 'waits', true])
  })

  it('for keys by policy stands in the line of those keys', async () => {
    const limiter = createLimiter({ policies: { ip: one, user: one }, slot: 'limiter' })
    await limiter.consume({ ip: '1', user: 'ann' })
    const [ann, bob] = [limiter.wait({ ip: '1', user: 'ann' }), limiter.wait({ ip: '2', user: 'bob' })].map(watch)
    await vi.advanceTimersByTimeAsync(0)
    expect([ann?.end, bob?.end]).toEqual(['waits', true])
    await vi.advanceTimersByTimeAsync(1000)
    expect(ann?.end).toBe(true)
  })

  it('goes as the failure policy says while the store cannot answer', async () => {
    const store: Store = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }
    const [open, closed, none] = (['open', 'closed', 'throw'] as const).map((failure) =>
      createLimiter({ name: 'a', policy: one, store, failure }),
    )
    expect(await open?.wait('k')).toMatchObject({ allowed: true, source: 'open' })
    expect(await closed?.wait('k', { maxWait: '1s' })).toMatchObject({ allowed: false, source: 'closed' })
    await expect(none?.wait('k')).rejects.toThrow('down')
  })

  it('adds one listener to a signal that many share', async () => {
    const limiter = createLimiter({ policy: one })
    await limiter.consume('k')
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const calls = [1, 2, 3].map(() => watch(limiter.wait('k', { signal })))
    await vi.advanceTimersByTimeAsync(3000)
    expect(calls.map(({ end }) => end)).toEqual([true, true, true])
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length)
  })

  it.each([
    [{ maxWait: 0 }, '`maxWait`'],
    [{ maxWait: 'soon' }, '`maxWait`'],
    [{ maxWait: 5, timeout: 5 }, 'the options of wait to be among cost, maxWait, signal, got `timeout`'],
    [{ cost: -1 }, '`cost`'],
    [{ signal: 5 }, '`signal`'],
  ])('refuses %j', async (options, message) => {
    await expect(createLimiter({ policy: one }).wait('k', options as object)).rejects.toThrow(message)
  })
})
