import type { DescribedAlgorithm, Policy } from '@sluice/core'
import type { InstalledAlgorithm } from '../installed/installed-algorithms.ts'
import type { Algorithm, Promised, Quota } from './algorithm.ts'
import { durationCode, durationText } from './duration-text.ts'
import type { Known } from './known-algorithms.ts'
import { triedPromise } from './tried-promise.ts'

/**
 * An installed algorithm as a lane: its options are those that its package describes to configuration documents, and what is
 * not known of it is found by trying it.
 */
export function laneAlgorithm({ packageName, algorithm }: InstalledAlgorithm, known?: Known): Algorithm {
  const id = packageName.slice(packageName.indexOf('/') + 1)
  const words = id.replaceAll('-', ' ')
  const optionsOf = (quota: Quota): Readonly<Record<string, number | string>> => optionsFor(algorithm, quota)
  const policy = (quota: Quota): Policy => algorithm.create(optionsOf(quota))
  const tried = lastResult((quota: Quota) => triedPromise(policy(quota), quota.window))
  const area = policy({ limit: 10, window: 10_000, burst: 10 }).delay === undefined ? 'left' : 'waiting'
  return {
    id,
    name: words.charAt(0).toUpperCase() + words.slice(1),
    subject: `the ${words}`,
    packageName,
    isOpenAtFirst: known !== undefined,
    area,
    areaText: () => area,
    policy,
    code: (quota) => `${factoryOf(id)}({ ${codeOf(optionsOf(quota))} })`,
    keeping: lastResult((quota: Quota) => scaledToKeep(quota, tried)),
    reason: (_quota, retryAfterMs) => `come back in ${durationText(retryAfterMs)}`,
    ...known,
    promise: known === undefined ? tried : (quota) => ({ ...known.promise(quota), isTried: false }),
  }
}

/** The quota as options: of a duration the window, of a capacity the burst, of any other whole number the limit. */
function optionsFor({ options }: DescribedAlgorithm, quota: Quota): Readonly<Record<string, number | string>> {
  const entries = Object.entries(options.properties).flatMap(([name, schema]): [string, number | string][] => {
    // Windows that start at multiples of themselves have a boundary to aim at.
    if (Array.isArray(schema.enum) && schema.enum.includes('epoch')) return [[name, 'epoch']]
    if (options.required?.includes(name) !== true) return []
    if (schema.type === 'integer') return [[name, /capacity|burst/.test(name) ? quota.burst : quota.limit]]
    return [[name, durationCode(quota.window)]]
  })
  return Object.fromEntries(entries)
}

function codeOf(options: Readonly<Record<string, number | string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}: ${typeof value === 'number' ? value : `'${value}'`}`)
    .join(', ')
}

/** A package's factory has its name: `@sluice/token-bucket` exports `tokenBucket`. */
function factoryOf(id: string): string {
  return id.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The largest share of a quota with which no more than its limit was seen to get through in any window. */
function scaledToKeep(quota: Quota, promise: (quota: Quota) => Promised): Quota {
  const scaled = (limit: number): Quota => ({
    ...quota,
    limit,
    burst: Math.max(1, Math.floor((quota.burst * limit) / quota.limit)),
  })
  let [kept, tooMuch] = [1, quota.limit + 1]
  while (tooMuch - kept > 1) {
    const middle = (kept + tooMuch) >>> 1
    if (promise(scaled(middle)).anyWindow <= quota.limit) kept = middle
    else tooMuch = middle
  }
  return scaled(kept)
}

/** The same function, which remembers what it last answered: the numbers of a lane are asked for several times in a row. */
function lastResult<Result>(of: (quota: Quota) => Result): (quota: Quota) => Result {
  let last: { readonly key: string; readonly result: Result } | undefined
  return (quota) => {
    const key = `${quota.limit} ${quota.window} ${quota.burst}`
    if (last?.key !== key) last = { key, result: of(quota) }
    return last.result
  }
}
