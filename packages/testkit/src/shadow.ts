import assert from 'node:assert/strict'
import { createLimiter, type Decision, type Limiter, type PolicyDecision, type ShadowDecision } from '@sluice/core'
import fc from 'fast-check'
import type { Law } from './law.ts'
import { type Play, play } from './playing.ts'
import {
  costsByName,
  costsOf,
  keyOf,
  onOneKey,
  type Part,
  partOf,
  slots,
  type Visit,
  type VisitRequest,
  visits,
} from './visits.ts'

/** Never drawn: a part of the keys that is enforced (core's tests have it), and options that change. */
export const shadow: Law = {
  number: 19,
  title: 'what is only watched refuses nothing, and is charged what it admits of what the others do',
  async check({ subject, harness, others = [] }, effort) {
    const any = fc.constantFrom(subject, ...others).chain(partOf)
    const parts = fc.tuple(partOf(subject), fc.array(any, { maxLength: 3, size: 'max' }))
    const watched = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })
    const property = fc.asyncProperty(
      parts,
      watched,
      slots,
      visits,
      async ([first, rest], isWatched, slot, history) => {
        const all = [first, ...rest].map((part, i) => ({ ...part, name: `p${i}`, isWatched: isWatched[i] === true }))
        await play(harness, async (playing) => {
          const limiters = limitersOf(all, slot, playing)
          for (const visit of history) {
            playing.move(visit.move, first.span)
            await visitBoth(slot === 'key' ? onOneKey(visit) : visit, all, limiters, playing)
          }
        })
      },
    )
    await fc.assert(property, effort)
  },
}

interface WatchablePart extends Part {
  readonly name: string
  readonly isWatched: boolean
}

/** A limiter that watches some policies, and what it must be equal to. */
interface Limiters {
  readonly watching: Limiter
  /** Only the policies that are not watched; undefined where all are. */
  readonly enforcing: Limiter | undefined
  /** Each policy that is watched, alone. */
  readonly alone: ReadonlyMap<string, Limiter>
}

function limitersOf(all: readonly WatchablePart[], slot: 'key' | 'limiter', { open: { store } }: Play): Limiters {
  const limiter = (name: string, parts: readonly WatchablePart[], mode?: Record<string, 'shadow'>): Limiter => {
    const policies = Object.fromEntries(parts.map((part) => [part.name, part.policy]))
    return createLimiter({ name, policies, slot, store, mode, failure: 'throw' })
  }
  const [enforced, watched] = [all.filter((part) => !part.isWatched), all.filter((part) => part.isWatched)]
  const mode = Object.fromEntries(watched.map(({ name }) => [name, 'shadow'] as const))
  return {
    watching: limiter('watching', all, mode),
    enforcing: enforced.length > 0 ? limiter('enforcing', enforced) : undefined,
    alone: new Map(watched.map((part) => [part.name, limiter(`alone-${part.name}`, [part])])),
  }
}

async function visitBoth(
  { mode, requests }: Visit,
  all: readonly WatchablePart[],
  { watching, enforcing, alone }: Limiters,
  { note }: Play,
): Promise<void> {
  const asked = mode === 'batch' ? requests : requests.slice(0, 1)
  const verb = mode === 'batch' ? 'consume' : mode
  const spelled = asked.map((request) => spelling(request, all, mode))
  const [first] = spelled as [Spelled, ...Spelled[]]
  const decisions =
    mode === 'batch' ? await watching.consumeMany(spelled) : [await watching[mode](first.key, { cost: first.cost })]
  for (const [n, decision] of decisions.entries()) {
    const { key, cost } = spelled[n] as Spelled
    const others = await enforcing?.[verb](typeof key === 'string' ? key : named(all, key), { cost: named(all, cost) })
    const passes = verb !== 'consume' || others?.allowed !== false
    const shadows = new Map<string, PolicyDecision>()
    for (const [name, limiter] of alone) {
      const own = typeof key === 'string' ? key : { [name]: key[name] as string }
      const asked = { name, key: own, cost: cost[name] as number }
      shadows.set(name, passes ? await ask(limiter, verb, asked) : await refuse(limiter, asked))
    }
    assertEqual(note(decision), others, shadows, mode === 'charge')
  }
}

/** What one policy is asked, in a limiter of its own. */
interface Asked {
  readonly name: string
  readonly key: Spelled['key']
  readonly cost: number
}

async function ask(
  limiter: Limiter,
  verb: Exclude<Visit['mode'], 'batch'>,
  { name, key, cost }: Asked,
): Promise<PolicyDecision> {
  const { policies } = await limiter[verb](key, { cost })
  return policies[name] as PolicyDecision
}

/** What a policy says to what others refuse. A refusal charges nothing, but dates again what lies too far ahead of the clock. */
async function refuse(limiter: Limiter, asked: Asked): Promise<PolicyDecision> {
  const said = await ask(limiter, 'peek', asked)
  if (asked.cost > 0 && said.used > 0) await ask(limiter, 'consume', { ...asked, cost: Number.MAX_SAFE_INTEGER })
  return said
}

type Spelled = {
  readonly key: string | Readonly<Record<string, string>>
  readonly cost: Readonly<Record<string, number>>
}

function spelling(request: VisitRequest, all: readonly Part[], mode: Visit['mode']): Spelled {
  const costs = costsOf(request, all, mode)
  return { key: keyOf(request.key, all.length), cost: costsByName(costs) }
}

/** Of what is given by policy, that of the policies that are not watched. */
function named<T>(all: readonly WatchablePart[], by: Readonly<Record<string, T>>): Record<string, T> {
  const enforced = all.filter(({ isWatched }) => !isWatched)
  return Object.fromEntries(enforced.map(({ name }) => [name, by[name] as T]))
}

/** The others decide as without it; what is watched says what it says alone, asked what the others admit. */
function assertEqual(
  { shadow, policies, ...rest }: Decision,
  others: Decision | undefined,
  shadows: ReadonlyMap<string, PolicyDecision>,
  isCharge: boolean,
): void {
  if (others === undefined) assert.equal(rest.allowed, true)
  else {
    const { policies: own, ...numbers } = others
    assert.deepEqual(rest, numbers)
    for (const [name, one] of Object.entries(own)) assert.deepEqual(policies[name], one)
  }
  const isRefused = others?.allowed === false && !isCharge
  for (const [name, { allowed, retryAfterMs, delayMs, ...numbers }] of shadows) {
    const said = { allowed, retryAfterMs, delayMs: isRefused ? 0 : delayMs }
    assert.deepEqual(policies[name], { ...numbers, allowed: true, retryAfterMs: 0, delayMs: 0, shadow: said })
  }
  if (shadows.size === 0) assert.equal(shadow, undefined)
  else assertTogether(shadow, [...Object.values(others?.policies ?? {}), ...shadows.values()])
}

function assertTogether(shadow: ShadowDecision | undefined, all: readonly PolicyDecision[]): void {
  assert.equal(
    shadow?.allowed,
    all.every(({ allowed }) => allowed),
  )
  assert.equal(shadow?.retryAfterMs, Math.max(...all.map(({ retryAfterMs }) => retryAfterMs)))
}
