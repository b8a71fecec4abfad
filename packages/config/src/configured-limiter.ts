import type { Limiter } from '@sluice/core'
import { shown } from '@sluice/core/internal'
import { liveLimiter } from './live-limiter.ts'
import type { Overrides } from './overrides.ts'

/** Whom a limiter is asked for: `{ tenant: 'acme', route: '/export' }`. Fields that no override names may be among them. */
export type LimitSubject = Readonly<Record<string, string | undefined>>

/** A limiter of a document. After a reload it has the new parameters, and so has what its `for` has returned. */
export interface ConfiguredLimiter extends Limiter {
  /**
   * The limiter with the override that matches most fields, or without any. The last 1,000 are remembered, so it may be called for
   * each request. Throws a `TypeError` unless the fields are strings.
   */
  for(subject: LimitSubject): Limiter
}

/** What a limiter of a document is between two reloads. */
export interface Generation {
  readonly limiter: Limiter
  readonly overrides: Overrides<Limiter>
}

/** A limiter of a document, and how a reload replaces what it is. */
export interface Slot {
  readonly limiter: ConfiguredLimiter
  replace(next: Generation): void
}

const mostRemembered = 1000

/** A place for a limiter. */
export function slot(first: Generation): Slot {
  let generation = first
  const remembered = new Map<string, Limiter>()

  const liveFor = (subject: LimitSubject): Limiter => {
    let from: Generation | undefined
    let found = generation.limiter
    return liveLimiter(() => {
      // Looked up once for each generation.
      if (from !== generation) {
        from = generation
        found = generation.overrides.find(subject) ?? generation.limiter
      }
      return found
    })
  }
  const limiterFor = (subject: LimitSubject): Limiter => {
    const own = { ...expectSubject(subject) }
    const id = JSON.stringify(own)
    const live = remembered.get(id) ?? liveFor(own)
    // A Map lists the last that was set last.
    remembered.delete(id)
    remembered.set(id, live)
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value as string)
    return live
  }
  return {
    limiter: Object.defineProperty(
      liveLimiter(() => generation.limiter),
      'for',
      {
        enumerable: true,
        value: limiterFor,
      },
    ) as ConfiguredLimiter,
    replace(next) {
      generation = next
    },
  }
}

function expectSubject(subject: LimitSubject): LimitSubject {
  if (typeof subject !== 'object' || subject === null) {
    throw new TypeError(`Expected \`for\` to be given an object like { tenant: 'acme' }, got ${shown(subject)}`)
  }
  for (const [field, value] of Object.entries(subject)) {
    if (value === undefined || typeof value === 'string') continue
    throw new TypeError(`Expected \`${field}\` to be a string, got ${shown(value)}`)
  }
  return subject
}
