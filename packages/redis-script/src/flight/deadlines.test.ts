import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Due, deadlines } from './deadlines.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Item extends Due {
  expire(): void
}

/** Items that note when they expire. */
function setUp() {
  const list = deadlines<Item>((item) => item.expire())
  const expired: string[] = []
  const item = (name: string, after: number): Item => {
    const due = performance.now() + after
    const one: Item = { due, before: undefined, after: undefined, expire: () => expired.push(`${name} at ${due}`) }
    list.add(one)
    return one
  }
  const start = performance.now()
  return { list, expired, item, at: (name: string, after: number) => `${name} at ${start + after}` }
}

describe('deadlines', () => {
  it('expire in order, each at its date, with one timer', () => {
    const { expired, item, at } = setUp()
    item('a', 100)
    item('b', 100)
    vi.advanceTimersByTime(50)
    item('c', 100)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(49)
    expect(expired).toEqual([])
    vi.advanceTimersByTime(1)
    expect(expired).toEqual([at('a', 100), at('b', 100)])
    vi.advanceTimersByTime(49)
    expect(expired).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(expired).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('do not expire once they are over, whichever it is of those that wait', () => {
    const { list, expired, item, at } = setUp()
    const [a, , c, , e] = ['a', 'b', 'c', 'd', 'e'].map((name) => item(name, 10)) as [Item, Item, Item, Item, Item]
    for (const over of [c, a, e, c]) list.remove(over)
    vi.advanceTimersByTime(10)
    expect(expired).toEqual([at('b', 10), at('d', 10)])
  })

  it('may be added and taken back while others expire', () => {
    const { list, expired, item } = setUp()
    const one = item('a', 10)
    const other = item('b', 10)
    one.expire = () => {
      list.remove(one)
      list.remove(other)
      item('c', 10)
    }
    vi.advanceTimersByTime(10)
    expect(expired).toEqual([])
    vi.advanceTimersByTime(10)
    expect(expired).toHaveLength(1)
  })

  it('do not keep the process alive once nothing waits', () => {
    vi.useRealTimers()
    const { list, item } = setUp()
    const alive = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const others = alive()
    const one = item('a', 3_600_000)
    expect(alive()).toBe(others + 1)
    list.remove(one)
    expect(alive()).toBe(others)
    list.remove(item('b', 3_600_000))
    expect(alive()).toBe(others)
    const last = item('c', 3_600_000)
    expect(alive()).toBe(others + 1)
    list.remove(last)
  })

  it('hold though others are added while the process catches up', () => {
    const { expired, item, at } = setUp()
    item('a', 10)
    item('b', 100)
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 40)
    vi.advanceTimersToNextTimer()
    clock.mockRestore()
    item('c', 1000)
    vi.advanceTimersByTime(100)
    expect(expired).toEqual([at('a', 10), at('b', 100)])
    expect(vi.getTimerCount()).toBe(1)
  })

  it('read first what came in while the process was busy', () => {
    const { expired, item } = setUp()
    item('a', 10)
    // The timer comes 500 ms late.
    const now = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(now + 510)
    vi.advanceTimersToNextTimer()
    expect(expired).toEqual([])
    vi.advanceTimersToNextTimer()
    expect(expired).toHaveLength(1)
    vi.restoreAllMocks()
  })
})
