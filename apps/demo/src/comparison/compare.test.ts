import { createLimiter, memoryStore } from '@sluice/core'
import { expect, it } from 'vitest'
import { compare, shownKey, start } from './compare.ts'
import { initialSettings } from './link.ts'
import { scenarioNames, scenarios } from './scenarios.ts'
import type { Settings } from './settings.ts'

const scenario = (name: (typeof scenarioNames)[number], changed: Partial<Settings> = {}): Settings => ({
  ...initialSettings,
  scenario: name,
  requests: scenarios[name].requests,
  ...changed,
})

it('counts what each algorithm made of a burst on each side of a boundary', async () => {
  const { lanes } = await compare(initialSettings)
  const numbers = lanes.map(({ algorithm, totals, worst, longestDelayMs }) => [
    algorithm.name,
    totals.admitted,
    totals.refused,
    worst.units,
    longestDelayMs,
  ])
  expect(numbers).toEqual([
    ['Fixed window', 60, 40, 20, 0],
    ['Sliding log', 50, 50, 10, 0],
    ['Token bucket', 51, 49, 11, 0],
    ['Leaky bucket', 51, 49, 10, 9000],
  ])
})

it.each(scenarioNames)('sends exactly as many requests as the settings say: %s', async (name) => {
  for (const requests of [1, 7, scenarios[name].requests, 999]) {
    const { traffic } = await compare(scenario(name, { requests }))
    expect(traffic.arrivals).toHaveLength(requests)
  }
})

it.each(scenarioNames)(
  'has defaults at which no two windows in which the most got through are all equal: %s',
  async (name) => {
    const { lanes } = await compare(scenario(name))
    expect(new Set(lanes.map(({ totals, worst }) => `${totals.admitted}/${worst.units}`)).size).toBeGreaterThan(2)
  },
)

it.each(scenarioNames)(
  'shows the decisions and the state that the packages give when called directly: %s',
  async (name) => {
    const { lanes, traffic } = await compare(scenario(name))
    for (const { algorithm, quota, decided, states } of lanes) {
      let now = start
      const limiter = createLimiter({
        name: 'direct',
        policy: algorithm.policy(quota),
        store: memoryStore({ clock: () => now }),
      })
      const remaining = new Map<number, number>()
      for (const { at, key, cost, decision } of decided) {
        now = start + at
        expect(limiter.consumeSync(key, { cost })).toEqual(decision)
        remaining.set(at, limiter.peekSync(shownKey(traffic), { cost: 0 }).remaining)
      }
      for (const [at, left] of remaining) expect(states.filter((state) => state.at === at).at(-1)?.remaining).toBe(left)
    }
  },
)

it('gives every client a key of its own, or all the same', async () => {
  const keysOf = async (keys: Settings['keys']): Promise<number> => {
    const { traffic } = await compare(scenario('greedy', { keys }))
    return new Set(traffic.arrivals.map(({ key }) => key)).size
  }
  expect(await keysOf('each')).toBe(9)
  expect(await keysOf('all')).toBe(1)
})
