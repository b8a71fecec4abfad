import { expectOptions, shown } from '@sluice/core/internal'
import type { Traffic } from '@sluice/simulation'
import { fourPolicies, type Quota } from './four-policies.ts'
import { type PatternName, patternNames, patterns } from './patterns.ts'
import { numberOrText, readQuota } from './read-quota.ts'

/** One stream of traffic, and the quota that it meets in each algorithm. */
export interface Comparison {
  readonly pattern: PatternName
  readonly quota: Quota
  /** How much is asked, in multiples of the limit. */
  readonly intensity: number
  readonly traffic: Traffic
  readonly policies: ReturnType<typeof fourPolicies>
}

const windowsShown = 6
const longestWindow = 86_400_000
const mostPerWindow = 1000

/** Reads the query of `/compare`. Throws a `TypeError` or `RangeError` that names the parameter that is wrong. */
export function readComparison(query: URLSearchParams): Comparison {
  const parameters: Record<string, string> = Object.fromEntries(query)
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw new RangeError(`Expected \`${name}\` once, got it more than once`)
  }
  expectOptions('/compare', parameters, ['pattern', 'limit', 'window', 'capacity', 'intensity'])
  const { pattern = 'boundary-burst', limit = '10', window = '10s', capacity = limit, intensity = '1' } = parameters

  const name = readPattern(pattern)
  const quota = readQuota({ limit, window, capacity })
  if (quota.window > longestWindow) throw new RangeError(`Expected \`window\` to be at most '1d', got ${shown(window)}`)
  const policies = fourPolicies(quota)
  const factor = readIntensity(intensity)
  const requests = Math.max(1, Math.round(quota.limit * factor))
  if (requests > mostPerWindow) {
    throw new RangeError(`Expected \`limit\` times \`intensity\` to be at most ${mostPerWindow}, got ${requests}`)
  }

  const traffic = patterns[name]({ window: quota.window, duration: windowsShown * quota.window, requests })
  return { pattern: name, quota, intensity: factor, traffic, policies }
}

function readPattern(text: string): PatternName {
  const name = patternNames.find((known) => known === text)
  if (name !== undefined) return name
  throw new RangeError(`Expected \`pattern\` to be one of ${patternNames.join(', ')}, got ${shown(text)}`)
}

function readIntensity(text: string): number {
  const intensity = numberOrText(text)
  if (typeof intensity === 'number' && intensity >= 0.1 && intensity <= 10) return intensity
  throw new RangeError(`Expected \`intensity\` to be a number from 0.1 to 10, got ${shown(intensity)}`)
}
