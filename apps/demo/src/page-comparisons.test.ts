import { expect, it } from 'vitest'
import { comparisons, type Outcome, patienceMs, retryMs } from '../page/comparisons.js'

interface Request {
  readonly query: string
  readonly signal: AbortSignal
  answer(outcome: Outcome): Promise<void>
}

interface Timer {
  readonly ms: number
  readonly callback: () => void
}

/** A page without a network, a clock or a document: what it asks for, and what it shows. */
function page() {
  const requests: Request[] = []
  const shown: unknown[][] = []
  const timers = new Set<Timer>()
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const { ask, stop } = comparisons({
    load: (query, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        requests.push({
          query,
          signal,
          answer: async (outcome) => {
            resolve(outcome)
            await settled()
          },
        })
      }),
    screen: {
      working: () => shown.push(['working']),
      result: (result, query, isNewest) => shown.push(['result', result, query, isNewest]),
      problem: (problem, isRetrying) => shown.push(['problem', problem, isRetrying]),
    },
    after: (ms, callback) => {
      const timer = { ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  })
  const fire = async (ms: number) => {
    const due = [...timers].filter((timer) => timer.ms === ms)
    expect(due).toHaveLength(1)
    for (const timer of due) {
      timers.delete(timer)
      timer.callback()
    }
    await settled()
  }
  const last = () => requests.at(-1) as Request
  return { ask, stop, requests, shown, timers, fire, last }
}

const away = { problem: 'Redis at 127.0.0.1:6379 cannot be reached.', mayPass: true }

it('says that it is working as soon as the settings change, and until the comparison of the newest is there', async () => {
  const { ask, shown, last } = page()
  ask('a')
  expect(shown).toEqual([['working']])
  await last().answer({ result: 1 })
  expect(shown).toEqual([['working'], ['result', 1, 'a', true]])
})

it('shows one comparison after the other while a slider moves without a pause', async () => {
  const { ask, shown, requests, last } = page()
  ask('0')
  for (let i = 1; i <= 30; i += 1) {
    // Two steps of the slider come while one comparison is made: every other one is skipped.
    ask(`${2 * i - 1}`)
    ask(`${2 * i}`)
    await last().answer({ result: i })
  }
  await last().answer({ result: 'last' })
  const results = shown.filter(([what]) => what === 'result')
  expect(results).toHaveLength(31)
  expect(results[5]).toEqual(['result', 6, '10', false])
  expect(results.at(-1)).toEqual(['result', 'last', '60', true])
  expect(requests).toHaveLength(31)
})

it('gives up a slow comparison of older settings, and shows only the newest', async () => {
  const { ask, shown, requests, fire, last } = page()
  ask('old')
  ask('newer')
  ask('newest')
  await fire(patienceMs)
  expect(requests.map(({ query, signal }) => [query, signal.aborted])).toEqual([
    ['old', true],
    ['newest', false],
  ])
  await last().answer({ result: 1 })
  expect(shown.at(-1)).toEqual(['result', 1, 'newest', true])
})

it('does not give up a slow comparison that is wanted again', async () => {
  const { ask, requests, timers, last, shown } = page()
  ask('a')
  ask('b')
  ask('a')
  expect(timers.size).toBe(0)
  await last().answer({ result: 1 })
  expect(requests).toHaveLength(1)
  expect(shown.at(-1)).toEqual(['result', 1, 'a', true])
})

it('says what is wrong with the newest settings, and leaves it at that', async () => {
  const { ask, shown, timers, last } = page()
  ask('limit=0')
  await last().answer({ problem: 'Expected …', mayPass: false })
  expect(shown.at(-1)).toEqual(['problem', 'Expected …', false])
  expect(timers.size).toBe(0)
})

it('tries again what failed because Redis was away, until it is back', async () => {
  const { ask, shown, fire, requests, last } = page()
  ask('a')
  await last().answer(away)
  expect(shown.at(-1)).toEqual(['problem', away.problem, true])
  await fire(retryMs)
  await last().answer(away)
  await fire(retryMs)
  await last().answer({ result: 1 })
  expect(requests.map(({ query }) => query)).toEqual(['a', 'a', 'a'])
  expect(shown.at(-1)).toEqual(['result', 1, 'a', true])
})

it('tries newer settings at once while it waits to try again', async () => {
  const { ask, timers, requests, last } = page()
  ask('a')
  await last().answer(away)
  ask('b')
  expect(timers.size).toBe(0)
  expect(requests.map(({ query }) => query)).toEqual(['a', 'b'])
  await last().answer({ result: 1 })
  expect(timers.size).toBe(0)
})

it('says nothing of a problem that older settings had', async () => {
  const { ask, shown, requests, last } = page()
  ask('a')
  ask('b')
  await last().answer(away)
  expect(shown.some(([what]) => what === 'problem')).toBe(false)
  expect(requests.at(-1)?.query).toBe('b')
})

it('tells nothing of what was under way when it is stopped, and goes on when it is asked again', async () => {
  const { ask, stop, requests, shown, timers } = page()
  ask('limit=3')
  stop()
  expect(requests.map(({ signal }) => signal.aborted)).toEqual([true])
  ask('limit=3')
  await new Promise((resolve) => setImmediate(resolve))
  expect(requests.map(({ query, signal }) => [query, signal.aborted])).toEqual([
    ['limit=3', true],
    ['limit=3', false],
  ])
  await requests[1]?.answer({ result: 'of 3' })
  expect(shown).toEqual([['working'], ['working'], ['result', 'of 3', 'limit=3', true]])
  expect(timers.size).toBe(0)
})

it('does not try again what failed once it is stopped', async () => {
  const { ask, stop, requests, shown, timers, last } = page()
  ask('limit=3')
  await last().answer(away)
  stop()
  expect(timers.size).toBe(0)
  expect(requests).toHaveLength(1)
  expect(shown).toEqual([['working'], ['problem', away.problem, true]])
})
