import { type BareItem, type Item, type List, parseDictionary, parseList } from 'structured-headers'
import type { ReportedLimit } from './reported-limit.ts'
import { wholeMs } from './wait-time.ts'

type Fields = ReadonlyMap<string, string>

/**
 * The limits of `RateLimit` and `RateLimit-Policy`: the IETF draft 8 to 11 (`"name";r=5;t=30`), its next text (`a`, `w`), and draft 7
 * (`limit=10, remaining=5, reset=30`). A malformed field or item is ignored.
 */
export function structuredLimits(fields: Fields): readonly ReportedLimit[] {
  const policies = itemsOf(fields.get('ratelimit-policy')).flatMap(policyOf)
  const states = itemsOf(fields.get('ratelimit')).flatMap(stateOf)
  const old = states.length === 0 ? dictionaryState(fields.get('ratelimit')) : undefined
  if (old !== undefined) return [{ ...old, ...policyWindow(fields) }]

  const partitioned = ({ name, partition }: ReportedLimit): string => JSON.stringify([name, partition])
  const byPartition = new Map(policies.map((policy) => [partitioned(policy), policy]))
  const byName = new Map(policies.map((policy) => [policy.name, policy]))
  const stated = new Set(states.map(({ name }) => name))
  return [
    ...states.map((state) => ({ ...(byPartition.get(partitioned(state)) ?? byName.get(state.name)), ...state })),
    ...policies.filter(({ name }) => !stated.has(name)),
  ]
}

/** The window of the old form of the policy, `100;w=60`, where it names one. */
export function policyWindow(fields: Fields): { readonly windowMs?: number } {
  const items = itemsOf(fields.get('ratelimit-policy')).filter(([value]) => typeof value === 'number')
  const window = items.length === 1 ? wholeNumber(items[0]?.[1].get('w')) : undefined
  return window === undefined || window === 0 ? {} : { windowMs: wholeMs(window * 1000) }
}

function policyOf([name, parameters]: Item): ReportedLimit[] {
  const limit = wholeNumber(parameters.get('q'))
  if (typeof name !== 'string' || limit === undefined || limit === 0) return []
  const window = wholeNumber(parameters.get('w'))
  const unit = parameters.get('qu')
  return [
    {
      name,
      limit,
      ...(window === undefined || window === 0 ? {} : { windowMs: wholeMs(window * 1000) }),
      ...(typeof unit !== 'string' || unit === 'requests' ? {} : { unit }),
      ...partitionOf(parameters.get('pk')),
    },
  ]
}

function stateOf([name, parameters]: Item): ReportedLimit[] {
  const isDraft11 = parameters.has('r')
  const remaining = wholeNumber(parameters.get(isDraft11 ? 'r' : 'a'))
  if (typeof name !== 'string' || remaining === undefined) return []
  return [{ name, remaining, ...reset(parameters.get(isDraft11 ? 't' : 'w')), ...partitionOf(parameters.get('pk')) }]
}

function dictionaryState(value: string | undefined): ReportedLimit | undefined {
  const members = value === undefined ? undefined : parsed(parseDictionary, value)
  const [limit, remaining, resets] = ['limit', 'remaining', 'reset'].map((name) => members?.get(name)?.[0])
  const left = wholeNumber(remaining)
  if (left === undefined) return undefined
  const most = wholeNumber(limit)
  return { name: 'default', ...(most ? { limit: most } : {}), remaining: left, ...reset(resets) }
}

function reset(value: unknown): { readonly resetAfterMs?: number } {
  const seconds = wholeNumber(value)
  return seconds === undefined ? {} : { resetAfterMs: wholeMs(seconds * 1000) }
}

function partitionOf(value: BareItem | undefined): { readonly partition?: string } {
  return value instanceof ArrayBuffer ? { partition: btoa(String.fromCharCode(...new Uint8Array(value))) } : {}
}

/** The items of a list, inner lists left out; none of a malformed one. */
function itemsOf(value: string | undefined): readonly Item[] {
  const members: List = (value === undefined ? undefined : parsed(parseList, value)) ?? []
  return members.filter((member): member is Item => !Array.isArray(member[0]))
}

function parsed<T>(parse: (value: string) => T, value: string): T | undefined {
  try {
    return parse(value)
  } catch {
    return undefined
  }
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}
