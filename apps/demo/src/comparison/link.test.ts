import fc from 'fast-check'
import { expect, it } from 'vitest'
import { impossibility } from './algorithms.ts'
import { drawingSteps, drawnRequests, mostPerStep, withCount } from './drawing.ts'
import { initialSettings, readLink, writeLink } from './link.ts'
import { scenarioNames } from './scenarios.ts'
import { most, type Settings, windows } from './settings.ts'

const anyDrawing = fc
  .array(fc.tuple(fc.nat({ max: drawingSteps - 1 }), fc.nat({ max: mostPerStep + 9 })), { maxLength: 150 })
  .map((strokes) => strokes.reduce<readonly number[]>((drawing, [step, count]) => withCount(drawing, step, count), []))

const ofScenario: fc.Arbitrary<Settings> = fc.record({
  scenario: fc.constantFrom(...scenarioNames),
  requests: fc.integer({ min: 1, max: most.requests }),
  limit: fc.integer({ min: 1, max: most.limit }),
  window: fc.constantFrom(...windows),
  burst: fc.integer({ min: 1, max: most.burst }),
  by: fc.constantFrom('limit', 'promise'),
  keys: fc.constantFrom('each', 'all'),
  drawing: fc.constant([]),
  opened: fc.constant([]),
})

const anySettings: fc.Arbitrary<Settings> = fc.oneof(
  ofScenario,
  fc.tuple(ofScenario, anyDrawing).map(([settings, drawing]) => ({
    ...settings,
    scenario: 'drawn' as const,
    drawing,
    requests: drawnRequests(drawing),
  })),
)

it('reads back every setting that it writes', () => {
  fc.assert(
    fc.property(anySettings, fc.option(fc.nat(), { nil: undefined }), (settings, at) => {
      fc.pre(impossibility(settings, settings.by) === undefined)
      expect(readLink(writeLink(settings, at))).toEqual({ settings, at, isEmbedded: false, problems: [] })
    }),
  )
})

it('begins with a burst on each side of a boundary', () => {
  expect(readLink('')).toEqual({ settings: initialSettings, at: undefined, isEmbedded: false, problems: [] })
})

it('takes the number of requests of the scenario, and bursts as large as the limit, where the link says nothing', () => {
  expect(readLink('?scenario=steady&limit=7').settings).toMatchObject({ requests: 120, limit: 7, burst: 7 })
})

it.each([
  ['limit=501', 'It asks for limit “501”, but the page takes whole numbers from 1 to 500.'],
  ['limit=abc', 'It asks for limit “abc”, but the page takes whole numbers from 1 to 500.'],
  ['limit=', 'It asks for limit nothing, but the page takes whole numbers from 1 to 500.'],
  ['limit=2.5', 'It asks for limit “2.5”, but the page takes whole numbers from 1 to 500.'],
  ['limit=0', 'It asks for limit “0”, but the page takes whole numbers from 1 to 500.'],
  ['requests=2001', 'It asks for requests “2001”, but the page takes whole numbers from 1 to 2000.'],
  [
    'scenario=flood',
    'It asks for scenario “flood”, but the page takes boundary, burst, steady, spike, retry, greedy, drawn.',
  ],
  ['drawing=12', 'It holds a drawing, but does not ask for scenario drawn.'],
  ['window=5w', 'It asks for window “5w”, but the page takes 1s, 10s, 1m, 15m, 1h, 1d.'],
  ['by=luck', 'It asks for by “luck”, but the page takes limit, promise.'],
  ['at=-1', 'It asks for at “-1”, but the page takes whole numbers of ms.'],
  [
    'limit=26&burst=1&window=1s',
    'Expected `capacity` to be at least 2 with refill 26 per 1000 ms, got 1: on a clock of whole ms more than 1 % of that rate would be lost.',
  ],
  ['limit=3&limit=4', 'It asks for limit more than once.'],
  ['speed=3', 'It asks for “speed”, which the page does not know.'],
  ['__proto__=3', 'It asks for “__proto__”, which the page does not know.'],
  // It depends on what is installed.
  [
    'opened=nonsense',
    expect.stringMatching(/^It asks for opened “nonsense”, but the page takes (nothing|a list of .*)\.$/),
  ],
])('says what is wrong with the link ?%s, and shows the initial value', (query, problem) => {
  expect(readLink(`?${query}`)).toMatchObject({ settings: initialSettings, problems: [problem] })
})

it.each([
  ['drawing=1A', 'It asks for drawing “1A”, but the page takes a digit or letter for each step, 2000 requests in all.'],
  [
    `drawing=${'z'.repeat(58)}`,
    `It asks for drawing “${'z'.repeat(40)}…”, but the page takes a digit or letter for each step, 2000 requests in all.`,
  ],
  ['drawing=12&requests=4', 'It asks for requests “4”, but 3 are drawn.'],
])('says what is wrong with the drawing ?scenario=drawn&%s', (query, problem) => {
  expect(readLink(`?scenario=drawn&${query}`).problems).toEqual([problem])
})

it('says everything that is wrong with a link, and keeps what is right', () => {
  const { settings, problems } = readLink('?limit=501&window=1m&scenario=flood')
  expect(settings).toEqual({ ...initialSettings, window: 60_000 })
  expect(problems).toHaveLength(2)
})
