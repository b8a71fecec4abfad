import { impossibility } from './algorithms.ts'
import { durationCode } from './duration-text.ts'
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.ts'
import { most, type Settings, windows } from './settings.ts'

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

const parameters = {
  scenario: oneOf<ScenarioName>(scenarioNames),
  requests: wholeNumber(most.requests),
  limit: wholeNumber(most.limit),
  window: {
    takes: windows.map(durationCode).join(', '),
    read: (text: string) => windows.find((window) => durationCode(window) === text),
  },
  burst: wholeNumber(most.burst),
  by: oneOf(['limit', 'promise'] as const),
  keys: oneOf(['each', 'all'] as const),
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
  const { at, embed = false, ...asked } = values
  const scenario = (asked.scenario ?? initialSettings.scenario) as ScenarioName
  const settings = {
    ...initialSettings,
    requests: scenarios[scenario].requests,
    // Where the link says nothing of bursts, the buckets take as many as the limit says.
    burst: Number(asked.limit ?? initialSettings.burst),
    ...asked,
  } as Settings
  const impossible = impossibility(settings, settings.by)
  if (impossible !== undefined) problems.push(`${impossible}.`)
  return {
    settings: impossible === undefined ? settings : initialSettings,
    at: at as number | undefined,
    isEmbedded: embed as boolean,
    problems,
  }
}

/** The part of the address that holds the settings; `readLink` reads them back. */
export function writeLink(settings: Settings, at?: number): string {
  const { scenario, requests, limit, window, burst, by, keys } = settings
  const query = new URLSearchParams({
    scenario,
    requests: `${requests}`,
    limit: `${limit}`,
    window: durationCode(window),
    burst: `${burst}`,
  })
  if (by !== initialSettings.by) query.set('by', by)
  if (keys !== initialSettings.keys) query.set('keys', keys)
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
