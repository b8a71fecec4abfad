import { shown } from '@sluice/core/internal'
import { type BareItem, type Item, serializeDictionary, serializeList } from 'structured-headers'
import { available, type DecisionNumbers, largestInteger, type Quota, type QuotaSource } from './quota.ts'

/**
 * A form of the header fields: the IETF draft by its number (`RateLimit` and `RateLimit-Policy`; before draft 7
 * `RateLimit-Limit` and its like), or `X-RateLimit-Limit` and its like, with the reset in seconds since the epoch.
 */
export type FieldForm = 'draft-11' | 'draft-7' | 'draft-6' | 'x-ratelimit'

/** Header fields by name, for `new Headers(fields)`, `response.set(fields)` and the like. */
export type Fields = Readonly<Record<string, string>>

export const defaultForms: readonly FieldForm[] = ['draft-11']

/**
 * The header fields for a decision, in the given forms. Default: draft 11, with one item for each policy; older forms know only
 * the policy that binds. Policies in shadow mode are not told of. If the limiter admitted or refused without counting, no field tells what remains.
 */
export function limitFields(decision: DecisionNumbers, limiter: QuotaSource, forms?: readonly FieldForm[]): Fields {
  const fields: Record<string, string> = {}
  const told = toldOf(decision, limiter)
  for (const form of expectForms(forms)) if (told !== undefined) Object.assign(fields, emitters[form](decision, told))
  return fields
}

/** What a client is told of: no policy in shadow mode, which refuses it nothing. Nothing where all are. */
function toldOf(decision: DecisionNumbers, limiter: QuotaSource): QuotaSource | undefined {
  if (decision.shadow === undefined) return limiter
  const told = Object.entries(limiter.policies).filter(([name]) => decision.policies[name]?.shadow === undefined)
  return told.length === 0 ? undefined : { name: limiter.name, policies: Object.fromEntries(told) }
}

/** Forms, checked: each is known, and no two are drafts, because drafts share names. */
export function expectForms(forms: unknown): readonly FieldForm[] {
  if (forms === undefined) return defaultForms
  if (!Array.isArray(forms)) throw new TypeError(`Expected \`fields\` to be an array of forms, got ${shown(forms)}`)
  for (const form of forms) {
    if (!Object.hasOwn(emitters, form)) {
      throw new RangeError(`Expected \`fields\` to be among ${Object.keys(emitters).join(', ')}, got ${shown(form)}`)
    }
  }
  const drafts = forms.filter((form) => form !== 'x-ratelimit')
  if (drafts.length > 1) {
    throw new RangeError(`Expected \`fields\` to hold one draft, because they share names, got ${drafts.join(' and ')}`)
  }
  return [...forms]
}

/** The name of a policy, as clients see it: a limiter's only policy goes by the limiter's name, unless it has one. */
export function publicName(limiter: QuotaSource, policy: string): string {
  return policy === 'default' && Object.keys(limiter.policies).length === 1 ? limiter.name : policy
}

type Emitter = (decision: DecisionNumbers, limiter: QuotaSource) => Fields

const emitters: Readonly<Record<FieldForm, Emitter>> = {
  'draft-11': (decision, limiter) => ({
    'RateLimit-Policy': policyField(limiter),
    ...(isCounted(decision) ? { RateLimit: serializeList(stateItems(decision, limiter)) } : {}),
  }),
  'draft-7': (decision, limiter) => {
    if (!isCounted(decision)) return { 'RateLimit-Policy': oldPolicy(limiter) }
    const { limit, remaining, seconds } = oldState(decision)
    return {
      'RateLimit-Policy': oldPolicy(limiter),
      RateLimit: serializeDictionary({ limit, remaining, reset: seconds }),
    }
  },
  'draft-6': (decision, limiter) => {
    if (!isCounted(decision)) return { 'RateLimit-Policy': oldPolicy(limiter) }
    const { limit, remaining, seconds } = oldState(decision)
    return {
      'RateLimit-Policy': oldPolicy(limiter),
      'RateLimit-Limit': String(limit),
      'RateLimit-Remaining': String(remaining),
      'RateLimit-Reset': String(seconds),
    }
  },
  'x-ratelimit': (decision) => {
    if (!isCounted(decision)) return {}
    const { limit, remaining } = oldState(decision)
    return {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': String(Math.ceil((decision.at + decision.resetAfterMs) / 1000)),
    }
  },
}

/** Without its store, a limiter that admits all or refuses all has counted nothing. */
function isCounted({ source }: DecisionNumbers): boolean {
  return source !== 'open' && source !== 'closed'
}

const policyFields = new WeakMap<QuotaSource, string>()

/** The same for all decisions of a limiter. */
function policyField(limiter: QuotaSource): string {
  const known = policyFields.get(limiter)
  if (known !== undefined) return known
  const items = Object.entries(limiter.policies).map(([name, quota]) =>
    item(publicName(limiter, name), [
      ['q', Math.min(quota.limit, largestInteger)],
      ['w', windowSeconds(quota)],
    ]),
  )
  const field = serializeList(items)
  policyFields.set(limiter, field)
  return field
}

function stateItems(decision: DecisionNumbers, limiter: QuotaSource): Item[] {
  return Object.entries(decision.policies).flatMap(([name, own]) => {
    const quota = limiter.policies[name]
    if (quota === undefined) return []
    const { remaining, seconds } = available(own, quota)
    const parameters: [string, BareItem][] = [['r', remaining]]
    return [item(publicName(limiter, name), seconds === undefined ? parameters : [...parameters, ['t', seconds]])]
  })
}

function item(name: string, parameters: readonly (readonly [string, BareItem])[]): Item {
  return [name, new Map(parameters)]
}

function oldPolicy(limiter: QuotaSource): string {
  return serializeList(
    Object.values(limiter.policies).map((quota): Item => {
      return [Math.min(quota.limit, largestInteger), new Map([['w', windowSeconds(quota)]])]
    }),
  )
}

function oldState({ limit, remaining, resetAfterMs }: DecisionNumbers): {
  readonly limit: number
  readonly remaining: number
  readonly seconds: number
} {
  return {
    limit: Math.min(limit, largestInteger),
    remaining: Math.min(remaining, largestInteger),
    seconds: Math.ceil(resetAfterMs / 1000),
  }
}

function windowSeconds({ window }: Quota): number {
  return Math.ceil(window / 1000)
}
