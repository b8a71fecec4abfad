import type { ReportedLimit } from './reported-limit.ts'
import { parseWait } from './wait-time.ts'

type Part = 'limit' | 'remaining' | 'reset'

/** A limit that is spread over several fields, one for each of its parts. */
type Parts = Readonly<Partial<Record<Part, string>>>

/** Fields in which each part of a limit has a name of its own, and how they spell the part and the dimension. */
const families: readonly RegExp[] = [
  /^(?<family>ratelimit)-(?<part>limit|remaining|reset)$/,
  /^(?<family>x-rate-?limit)-(?<part>limit|remaining|reset)(?:-(?<name>.+))?$/,
  /^(?<family>anthropic-ratelimit)-(?<name>.+)-(?<part>limit|remaining|reset)$/,
]

/**
 * The limits of `RateLimit-Limit`, `X-RateLimit-Limit`, `x-ratelimit-limit-tokens`, `anthropic-ratelimit-tokens-limit` and their
 * like. `now` is the server's clock. Of two families that report one dimension, the first holds.
 */
export function separateLimits(fields: ReadonlyMap<string, string>, now: number): readonly ReportedLimit[] {
  const limits = new Map<string, ReportedLimit>()
  for (const pattern of families) {
    for (const [name, parts] of partsByName(fields, pattern)) {
      const limit = limits.has(name) ? undefined : limitOf(name, parts, now)
      if (limit !== undefined) limits.set(name, limit)
    }
  }
  return [...limits.values()]
}

function partsByName(fields: ReadonlyMap<string, string>, pattern: RegExp): ReadonlyMap<string, Parts> {
  const byName = new Map<string, Parts>()
  for (const [field, value] of fields) {
    const { part, name = 'default' } = pattern.exec(field)?.groups ?? {}
    if (part !== undefined) byName.set(name, { ...byName.get(name), [part]: value.trim() })
  }
  return byName
}

/** Some servers send -1, or 0 for all, where they mean nothing by it. */
function limitOf(name: string, parts: Parts, now: number): ReportedLimit | undefined {
  // Older drafts append policies to the limit: `100, 100;w=60`.
  const limit = numberOf(parts.limit?.split(/[,;]/, 1)[0])
  const remaining = numberOf(parts.remaining)
  const resetAfterMs = parts.reset === undefined ? undefined : parseWait(parts.reset, now)
  const isMeant = parts.limit === undefined || (limit !== undefined && limit > 0)
  if (!isMeant || remaining === undefined) return undefined
  return {
    name,
    ...(limit === undefined ? {} : { limit }),
    remaining,
    ...(resetAfterMs === undefined || /^0+$/.test(parts.reset ?? '') ? {} : { resetAfterMs }),
  }
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}(?:\.\d+)?$/.test(text.trim())) return undefined
  return Math.floor(Number(text))
}
