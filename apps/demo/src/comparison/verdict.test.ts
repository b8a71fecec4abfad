import { expect, it } from 'vitest'
import { compare } from './compare.ts'
import { initialSettings } from './link.ts'
import { momentAt } from './moment.ts'
import { scenarios } from './scenarios.ts'
import type { Settings } from './settings.ts'
import { verdict } from './verdict.ts'

async function verdictOf(changed: Partial<Settings>): Promise<string> {
  const phrases = verdict(await compare({ ...initialSettings, ...changed }))
  return phrases.map(({ text }) => text).join('')
}

it.each([
  [
    { scenario: 'boundary' },
    'The fixed window let 20 into 10 s, the sliding log 10, the token bucket 11; the leaky bucket made 50 wait, up to 9 s. The fixed window refused fewest, 40.',
  ],
  [
    { scenario: 'retry', requests: scenarios.retry.requests },
    'The fixed window let 15 into 10 s, the sliding log 10, the token bucket 15; the leaky bucket made 67 wait, up to 9 s. The fixed window took 3.9 tries per success, the sliding log 5, the token bucket 1.4, the leaky bucket 1.4.',
  ],
  [
    { scenario: 'retry', requests: 40, limit: 100, burst: 100 },
    'The fixed window let 12 into 10 s, the sliding log 12, the token bucket 12; the leaky bucket made 3 wait, up to 0.08 s. Each took 1 try per success.',
  ],
  [
    { requests: 5 },
    'The fixed window let 1 into 10 s, the sliding log 1, the token bucket 1; the leaky bucket made none wait. None was refused.',
  ],
  [
    { by: 'promise' },
    'The fixed window let 10 into 10 s, the sliding log 10, the token bucket 5; the leaky bucket made 50 wait, up to 9 s. The leaky bucket refused fewest, 49.',
  ],
] as const)('says who let the most through, who made wait and who refused fewest: %j', async (changed, sentence) => {
  expect(await verdictOf(changed)).toBe(sentence)
})

it('marks the numbers above the limit', async () => {
  const phrases = verdict(await compare(initialSettings))
  expect(phrases.filter(({ as }) => as === 'over').map(({ text }) => text)).toEqual(['20', '11'])
})

it('says at each moment what happened in each lane, and why', async () => {
  const { lanes } = await compare(initialSettings)
  const at = (time: number) => lanes.map((lane) => Object.values(momentAt(lane, time)).join(': '))
  expect(at(0)).toEqual(Array(4).fill('nothing: nothing yet'))
  expect(at(10_600)).toEqual([
    'admitted: 3 left',
    'refused: 10 within the last 10 s, the oldest leaves in 8.4 s',
    'refused: 0.6 of 1 token, come back in 0.4 s',
    'refused: all 10 places are taken, one is free in 0.4 s',
  ])
})
