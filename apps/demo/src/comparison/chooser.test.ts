import { expect, it } from 'vitest'
import { algorithms } from './algorithms.ts'
import { type Answer, algorithmOf, bytesPerKey, chosenBy, objectionsAgainstOthers } from './chooser.ts'
import { initialSettings, readLink, writeLink } from './link.ts'

it.each<[Answer[], string, number]>([
  [[], 'token-bucket', 1],
  [['yes'], 'leaky-bucket', 1],
  [['no'], 'token-bucket', 2],
  [['no', 'no'], 'sliding-log', 2],
  [['no', 'yes'], 'token-bucket', 3],
  [['no', 'yes', 'yes'], 'token-bucket', 3],
  [['no', 'yes', 'no'], 'fixed-window', 3],
  [['yes', 'no', 'no'], 'leaky-bucket', 1],
])('%j leads to the %s, after %d questions', (answers, id, asked) => {
  expect(chosenBy(answers)).toEqual({ id, asked })
})

it.each([
  [
    'leaky-bucket',
    [
      'the fixed window let 20 into 10 s, where 10 were allowed',
      'the sliding log let 10 go within 1 s, the leaky bucket 1',
      'the token bucket let 10 go within 1 s, the leaky bucket 1',
    ],
  ],
  [
    'sliding-log',
    [
      'the fixed window let 20 into 10 s, where 10 were allowed',
      'the token bucket let 18 into 10 s, where 10 were allowed',
      'the leaky bucket made 62 wait, up to 9 s',
    ],
  ],
  [
    'token-bucket',
    [
      'the fixed window took 3.9 tries for each that got through, the token bucket 1.4',
      'the sliding log took 5 tries for each that got through, the token bucket 1.4',
      'the leaky bucket made 33 wait, up to 8.9 s',
    ],
  ],
  [
    'fixed-window',
    [
      'the sliding log refused 50, the fixed window 40',
      'the token bucket let 69 through in the time in which the quota says 60',
      'the leaky bucket made 68 wait, up to 9 s',
    ],
  ],
])('shows where each other one fails at what the %s does, with a link that shows it', async (id, texts) => {
  const objections = await objectionsAgainstOthers(id)
  expect(objections.map(({ algorithm, text }) => `${algorithm.subject} ${text}`)).toEqual(texts)
  expect(objections).toHaveLength(algorithms.filter(({ isOpenAtFirst }) => isOpenAtFirst).length - 1)
  for (const { settings } of objections) {
    expect(readLink(writeLink(settings))).toMatchObject({ settings, problems: [] })
  }
})

it('measures what a key takes at most, which a log needs for each request', () => {
  const bytes = (id: string, limit: number): number => bytesPerKey(algorithmOf(id), { ...initialSettings, limit })
  expect(bytes('token-bucket', 10)).toBe(bytes('token-bucket', 100))
  expect(bytes('sliding-log', 100)).toBeGreaterThan(bytes('sliding-log', 10))
  expect(bytes('fixed-window', 10)).toBe(144)
})
