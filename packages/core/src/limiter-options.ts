import type { Duration, Policies, PolicyOptions } from './contract/limiter.ts'
import type { Policy } from './contract/policy.ts'
import type { Store } from './contract/store.ts'
import { parseDuration } from './duration.ts'
import type { LimiterEvent } from './events.ts'
import { expectName, expectOptions, expectPositiveInteger, shown } from './expect.ts'
import type { Failure } from './fallback.ts'
import { memoryStore } from './memory-store.ts'
import { expectEnforce, expectShadow, type LimiterMode } from './shadow-options.ts'

/** How many policies a limiter has at most, on every store. */
export const mostPolicies = 16

/** What `createLimiter` takes: one policy or several, where the state is kept, and what an outage of it means. */
export type LimiterOptions<S extends Store | undefined = Store | undefined> = PolicyOptions & {
  /** Tells limiters apart that share a store; may be left out only together with `store`. */
  readonly name?: string | undefined
  /** Default: a memory store of its own. */
  readonly store?: S | undefined
  /**
   * What shares a slot of a Redis Cluster: the state of a key, so that keys spread over the servers, or all state of the limiter, so
   * that one decision can be on several keys (`consume({ ip, user })`). It is the same on every store, and changing it starts
   * afresh. Default `'key'`.
   */
  readonly slot?: 'key' | 'limiter' | undefined
  /**
   * A decision settles within this time, from 1 ms to 1 h, whatever the store does; what the store would execute later is
   * void. Default `'1s'`.
   */
  readonly deadline?: Duration | undefined
  /**
   * Who decides while the store cannot: `'local'`, a limiter in this process; `'open'`, which admits; `'closed'`, which
   * refuses; or `'throw'`, nobody: the call rejects. Default `'local'`.
   */
  readonly failure?: Failure | undefined
  /**
   * How many processes share the quota: each gives out this part of it when it decides for itself (`failure: 'local'`), but
   * at least one unit. A function is asked at each such decision. Default 1: the whole quota in each.
   */
  readonly processes?: number | (() => number) | undefined
  /**
   * `'shadow'` watches: what a policy would refuse is not refused, only said (`decision.shadow`), and charged to the others, not to it. For
   * all policies, or for those named. Default `'enforce'`; with `enforce` alone, `'shadow'`.
   */
  readonly mode?: LimiterMode | Readonly<Record<string, LimiterMode>> | undefined
  /**
   * The part of the keys, from 0 to 1, for which policies in shadow mode are enforced all the same: always the same keys, in every
   * process, and more of them as it grows. Default 0.
   */
  readonly enforce?: number | undefined
  /**
   * Answers from memory, while a key is known to be refused, to what costs as much or more: at most as long as its refusal told,
   * and at most for a second. A flood on one key then costs the store next to nothing. What another process refunds or resets is
   * seen within that second. Default false.
   */
  readonly remember?: boolean | undefined
  /** Told when the store goes down and up, of each decision that was not made by it, of calls that are rejected for it, and of what a full one forgets. */
  readonly onEvent?: ((event: LimiterEvent) => void) | undefined
}

/** The options of a limiter, checked, with their defaults. */
export interface LimiterSettings {
  readonly name: string
  readonly policies: Policies
  readonly store: Store
  readonly slot: 'key' | 'limiter'
  readonly deadlineMs: number
  readonly failure: Failure
  readonly processes: () => number
  /** The names of the policies in shadow mode, and for which part of the keys they are enforced all the same. */
  readonly shadow: readonly string[]
  readonly enforce: number
  readonly remember: boolean
  readonly onEvent: ((event: LimiterEvent) => void) | undefined
}

const optionNames = [
  'name',
  'policy',
  'policies',
  'store',
  'slot',
  'deadline',
  'failure',
  'processes',
  'mode',
  'enforce',
  'remember',
  'onEvent',
]
const failures: readonly Failure[] = ['local', 'open', 'closed', 'throw']
const longestDeadlineMs = 3_600_000

/** Checks the options of `createLimiter`. Throws a `TypeError` or `RangeError` that names the option that is wrong. */
export function expectLimiterOptions(options: LimiterOptions): LimiterSettings {
  expectOptions('createLimiter', options, optionNames)
  const policies = expectPolicies('createLimiter', options)
  const name = expectLimiterName(options)
  const slot = expectSlot(options.slot)
  const failure = expectFailure(options.failure)
  const deadlineMs = expectDeadline(options.deadline)
  const onEvent = expectListener(options.onEvent)
  const processes = expectProcesses(options.processes)
  const shadow = expectShadow(options, Object.keys(policies))
  const enforce = expectEnforce(options.enforce, shadow)
  const store = expectStore(options.store)
  const remember = expectRemember(options.remember)
  return { name, policies, store, slot, deadlineMs, failure, processes, shadow, enforce, remember, onEvent }
}

/** One policy or several, by name: own properties, whatever the names, that nobody can change. */
export function expectPolicies(where: string, { policy, policies }: PolicyOptions): Policies {
  if ((policy === undefined) === (policies === undefined)) {
    throw new TypeError(`Expected ${where} to be given either \`policy\` or \`policies\``)
  }
  if (policies === undefined) return Object.freeze({ default: expectPolicy('policy', policy) })

  if (typeof policies !== 'object' || policies === null || Array.isArray(policies)) {
    throw new TypeError(`Expected \`policies\` to be an object of policies by name, got ${shown(policies)}`)
  }
  const entries = Object.entries(policies)
  if (entries.length === 0) throw new RangeError('Expected `policies` to hold at least one policy, got none')
  if (entries.length > mostPolicies) {
    throw new RangeError(`Expected \`policies\` to hold at most ${mostPolicies} policies, got ${entries.length}`)
  }
  const checked = entries.map(([name, one]) => [
    expectName('the name of a policy', name),
    expectPolicy(`policies.${name}`, one),
  ])
  return Object.freeze(Object.fromEntries(checked))
}

function expectPolicy(where: string, policy: unknown): Policy {
  if (typeof policy === 'object' && policy !== null && 'load' in policy && 'save' in policy && 'format' in policy) {
    expectName(`the format of \`${where}\``, policy.format)
    return policy as Policy
  }
  throw new TypeError(`Expected \`${where}\` to be a policy like tokenBucket({ … }), got ${shown(policy)}`)
}

function expectLimiterName({ name, store }: LimiterOptions): string {
  if (name === undefined && store === undefined) return 'default'
  if (name === undefined) {
    throw new TypeError('Expected `name`: limiters that share a store are told apart by their names')
  }
  return expectName('`name`', name)
}

function expectStore(store: unknown): Store {
  if (store === undefined) return memoryStore()
  if (typeof store === 'object' && store !== null && 'bind' in store && typeof store.bind === 'function') {
    return store as Store
  }
  throw new TypeError(`Expected \`store\` to be a store like memoryStore(), got ${shown(store)}`)
}

function expectSlot(slot: unknown = 'key'): 'key' | 'limiter' {
  if (slot === 'key' || slot === 'limiter') return slot
  throw new RangeError(`Expected \`slot\` to be 'key' or 'limiter', got ${shown(slot)}`)
}

function expectFailure(failure: Failure = 'local'): Failure {
  if (failures.includes(failure)) return failure
  throw new RangeError(`Expected \`failure\` to be one of ${failures.join(', ')}, got ${shown(failure)}`)
}

function expectDeadline(deadline: Duration = '1s'): number {
  const deadlineMs = parseDuration('deadline', deadline)
  if (deadlineMs <= longestDeadlineMs) return deadlineMs
  throw new RangeError(`Expected \`deadline\` to be at most an hour, got ${shown(deadline)}`)
}

/** A number is checked once, what a function returns each time. */
function expectProcesses(processes: number | (() => number) = 1): () => number {
  if (typeof processes === 'function') return () => expectPositiveInteger('processes', processes())
  const count = expectPositiveInteger('processes', processes)
  return () => count
}

function expectRemember(remember: unknown = false): boolean {
  if (typeof remember === 'boolean') return remember
  throw new TypeError(`Expected \`remember\` to be true or false, got ${shown(remember)}`)
}

function expectListener(onEvent: LimiterOptions['onEvent']): LimiterOptions['onEvent'] {
  if (onEvent === undefined || typeof onEvent === 'function') return onEvent
  throw new TypeError(`Expected \`onEvent\` to be a function that is given events, got ${shown(onEvent)}`)
}
