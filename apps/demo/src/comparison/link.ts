import { algorithms, impossibility } from './algorithms.ts'
import { type Drawing, drawingText, drawnRequests, readDrawing } from './drawing.ts'
import { durationCode } from './duration-text.ts'
import { scenarioNames, scenarios } from './scenarios.ts'
import { most, type Settings, type TrafficName, windows } from './settings.ts'

/** What an address asks for, and a sentence for each part of it that cannot be shown. */
export interface Link {
  readonly settings: Settings
  /** Where the playhead stands, in ms from the start. */
  readonly at: number | undefined
  /** Whether the lanes alone are shown. */
  readonly isEmbedded: boolean
  readonly problems: readonly string[]
}

/** How the page begins. */
export const initialSettings: Settings = {
  scenario: 'boundary',
  requests: scenarios.boundary.requests,
  limit: 10,
  window: 10_000,
  burst: 10,
  by: 'limit',
  keys: 'each',
  drawing: [],
  opened: [],
}

interface Parameter<Value> {
  readonly takes: string
  read(text: string): Value | undefined
}

const wholeNumber = (highest: number): Parameter<number> => ({
  takes: `whole numbers from 1 to ${highest}`,
  read: (text) => (/^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= highest ? Number(text) : undefined),
})

const oneOf = <Value extends string>(values: readonly Value[]): Parameter<Value> => ({
  takes: values.join(', '),
  read: (text) => values.find((value) => value === text),
})

/** The algorithms whose lanes are folded at first. */
const foldable = algorithms.filter(({ isOpenAtFirst }) => !isOpenAtFirst).map(({ id }) => id)

const parameters = {
  scenario: oneOf<TrafficName>([...scenarioNames, 'drawn']),
  requests: wholeNumber(most.requests),
  limit: wholeNumber(most.limit),
  window: {
    takes: windows.map(durationCode).join(', '),
    read: (text: string) => windows.find((window) => durationCode(window) === text),
  },
  burst: wholeNumber(most.burst),
  by: oneOf(['limit', 'promise'] as const),
  keys: oneOf(['each', 'all'] as const),
  drawing: { takes: 'a digit or letter for each step, 2000 requests in all', read: readDrawing },
  opened: {
    takes: foldable.length === 0 ? 'nothing' : `a list of ${foldable.join(', ')}`,
    read: readOpened,
  },
  at: {
    takes: 'whole numbers of ms',
    read: (text: string) => (/^\d{1,10}$/.test(text) ? Number(text) : undefined),
  },
  embed: { takes: 'nothing', read: (text: string) => (text === '' ? true : undefined) },
} satisfies Readonly<Record<string, Parameter<unknown>>>

type ParameterName = keyof typeof parameters

/** Reads the part of an address from the question mark on. What is wrong is named, and its initial value stands in its place. */
export function readLink(search: string): Link {
  const query = new URLSearchParams(search)
  const values: Partial<Record<ParameterName, unknown>> = {}
  const problems: string[] = []
  for (const name of new Set(query.keys())) {
    const given = query.getAll(name)
    if (!isParameterName(name)) problems.push(`It asks for “${shortened(name)}”, which the page does not know.`)
    else if (given.length > 1) problems.push(`It asks for ${name} more than once.`)
    else {
      const value = parameters[name].read(given[0] ?? '')
      if (value === undefined) problems.push(problemText(name, given[0] ?? ''))
      else values[name] = value
    }
  }
  problems.push(...drawingProblems(values))
  const { at, embed = false, ...asked } = values
  const settings = settingsOf(asked as Partial<Settings>)
  const impossible = impossibility(settings, settings.by)
  if (impossible !== undefined) problems.push(`${impossible}.`)
  return {
    settings: impossible === undefined ? settings : initialSettings,
    at: at as number | undefined,
    isEmbedded: embed as boolean,
    problems,
  }
}

function readOpened(text: string): readonly string[] | undefined {
  const asked = text.split(',')
  const known = foldable.filter((id) => asked.includes(id))
  return known.length === asked.length ? known : undefined
}

/** The settings of a link, with what belongs to its traffic where it says nothing. */
function settingsOf(asked: Partial<Settings>): Settings {
  const { scenario = initialSettings.scenario, drawing = [] } = asked
  const settings = {
    ...initialSettings,
    // Where the link says nothing of bursts, the buckets take as many as the limit says.
    burst: asked.limit ?? initialSettings.burst,
    ...asked,
  }
  if (scenario === 'drawn') return { ...settings, drawing, requests: drawnRequests(drawing) }
  return { ...settings, drawing: [], requests: asked.requests ?? scenarios[scenario].requests }
}

/** A drawing is its own number of requests, and there is none of other traffic. */
function drawingProblems({ scenario, drawing, requests }: Partial<Record<ParameterName, unknown>>): string[] {
  if (drawing !== undefined && scenario !== 'drawn') return ['It holds a drawing, but does not ask for scenario drawn.']
  const drawn = drawnRequests((drawing ?? []) as Drawing)
  if (scenario !== 'drawn' || requests === undefined || requests === drawn) return []
  return [`It asks for requests “${requests}”, but ${drawn} are drawn.`]
}

/** The part of the address that holds the settings; `readLink` reads them back. */
export function writeLink(settings: Settings, at?: number): string {
  const { scenario, requests, limit, window, burst, by, keys, drawing, opened } = settings
  const traffic: Readonly<Record<string, string>> =
    scenario === 'drawn' ? { drawing: drawingText(drawing) } : { requests: `${requests}` }
  const query = new URLSearchParams({
    scenario,
    ...traffic,
    limit: `${limit}`,
    window: durationCode(window),
    burst: `${burst}`,
  })
  if (by !== initialSettings.by) query.set('by', by)
  if (keys !== initialSettings.keys) query.set('keys', keys)
  if (opened.length > 0) query.set('opened', opened.join())
  if (at !== undefined) query.set('at', `${at}`)
  return `?${query}`
}

/** What is wrong with a value of a control, or nothing. */
export function problemOf(name: 'requests' | 'limit' | 'burst', text: string): string | undefined {
  const { read, takes } = parameters[name]
  return read(text) === undefined ? `${name}: ${takes}` : undefined
}

function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameters, name)
}

function problemText(name: ParameterName, text: string): string {
  const asked = text === '' ? 'nothing' : `“${shortened(text)}”`
  return `It asks for ${name} ${asked}, but the page takes ${parameters[name].takes}.`
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
