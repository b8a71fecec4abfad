import type {
  Answer,
  Ask,
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  Decision,
  Gate,
  Limiter,
  Mode,
  Policy,
  RefundOptions,
  Store,
  SyncGate,
  SyncLimiter,
  SyncStore,
} from './contract.ts'
import { type NamedPolicy, toDecision } from './decision.ts'
import { BatchError } from './errors.ts'
import { expectName, expectOptions, shown } from './expect.ts'
import { memoryStore } from './memory-store.ts'

/** The longest key, in UTF-16 code units. */
export const longestKey = 65_536

interface OnePolicy {
  /** The same as `policies: { default: policy }`. */
  readonly policy: Policy
  readonly policies?: never
}

interface SeveralPolicies {
  readonly policy?: never
  /** All of them admit, or none is charged. Of equals the first binds; JavaScript lists names like `7` before others. */
  readonly policies: Readonly<Record<string, Policy>>
}

/** What `createLimiter` takes: one policy or several, and where the state is kept. */
export type LimiterOptions<S extends Store | undefined = Store | undefined> = (OnePolicy | SeveralPolicies) & {
  /** Tells limiters apart that share a store; may be left out only together with `store`. */
  readonly name?: string
  /** Default: a memory store of its own. */
  readonly store?: S
}

/**
 * A limiter: `policy` or `policies` over a store. Over a synchronous store, such as the default one in memory, it also
 * answers synchronously. Throws a `TypeError` or `RangeError` that names the option that is wrong.
 */
export function createLimiter(options: LimiterOptions<SyncStore | undefined>): SyncLimiter
export function createLimiter(options: LimiterOptions): Limiter
export function createLimiter(options: LimiterOptions): Limiter | SyncLimiter {
  expectOptions('createLimiter', options, ['name', 'policy', 'policies', 'store'])
  const policies = expectPolicies(options)
  const names = Object.keys(policies)
  const named: readonly NamedPolicy[] = Object.entries(policies).map(([name, policy]) => ({ name, policy }))
  const ones: readonly number[] = names.map(() => 1)
  const gate = expectStore(options).bind({ name: expectLimiterName(options), policies })

  const ask = (key: string, mode: Mode, cost: Cost | undefined): Ask => ({
    key: expectKey(key),
    mode,
    costs: cost === undefined ? ones : expectCosts(names, cost),
  })
  const asks = {
    consume: (key: string, options?: ConsumeOptions) => {
      if (options !== undefined) expectOptions('consume', options, ['cost'])
      return ask(key, 'consume', options?.cost)
    },
    peek: (key: string, options?: ConsumeOptions) => {
      if (options !== undefined) expectOptions('peek', options, ['cost'])
      return ask(key, 'peek', options?.cost)
    },
    refund: (key: string, options: RefundOptions = {}) => {
      expectOptions('refund', options, ['cost', 'of'])
      const { cost, of } = options
      if (of !== undefined) expectDecision(of)
      const given = ask(key, 'refund', cost)
      return of === undefined || (of.allowed && of.source === 'store') ? given : ask(key, 'peek', 0)
    },
    reset: (key: string) => ask(key, 'reset', 0),
  }

  const settle = async (one: Ask): Promise<Decision> => {
    const [outcome] = await gate.apply([one])
    return decided(one, outcome as Answer | Error)
  }
  const decided = (one: Ask, outcome: Answer | Error): Decision => {
    if (outcome instanceof Error) throw outcome
    return toDecision(named, one, outcome)
  }

  const limiter: Limiter = {
    consume: async (key, options) => settle(asks.consume(key, options)),
    peek: async (key, options) => settle(asks.peek(key, options)),
    refund: async (key, options) => settle(asks.refund(key, options)),
    reset: async (key) => {
      await settle(asks.reset(key))
    },
    consumeMany: async (requests) => {
      const batch = expectRequests(requests).map(({ key, ...options }) => asks.consume(key, options))
      const outcomes = batch.length === 0 ? [] : await gate.apply(batch)
      const decisions: Decision[] = []
      const settled = outcomes.map((outcome, i) => {
        if (outcome instanceof Error) return outcome
        const decision = toDecision(named, batch[i] as Ask, outcome)
        decisions.push(decision)
        return decision
      })
      if (decisions.length < settled.length) throw new BatchError(settled)
      return decisions
    },
  }
  if (!isSync(gate)) return limiter

  const settleSync = (one: Ask): Decision => toDecision(named, one, gate.applySync(one))
  return {
    ...limiter,
    consumeSync: (key, options) => settleSync(asks.consume(key, options)),
    peekSync: (key, options) => settleSync(asks.peek(key, options)),
    refundSync: (key, options) => settleSync(asks.refund(key, options)),
    resetSync: (key) => {
      settleSync(asks.reset(key))
    },
  }
}

function isSync(gate: Gate): gate is SyncGate {
  return 'applySync' in gate
}

function expectPolicies({ policy, policies }: LimiterOptions): Readonly<Record<string, Policy>> {
  if ((policy === undefined) === (policies === undefined)) {
    throw new TypeError('Expected createLimiter to be given either `policy` or `policies`')
  }
  if (policies === undefined) return { default: expectPolicy('policy', policy) }

  if (typeof policies !== 'object' || policies === null || Array.isArray(policies)) {
    throw new TypeError(`Expected \`policies\` to be an object of policies by name, got ${shown(policies)}`)
  }
  const entries = Object.entries(policies)
  if (entries.length === 0) throw new RangeError('Expected `policies` to hold at least one policy, got none')
  const own: Record<string, Policy> = Object.create(null)
  for (const [name, one] of entries)
    own[expectName('the name of a policy', name)] = expectPolicy(`policies.${name}`, one)
  return own
}

function expectPolicy(where: string, policy: unknown): Policy {
  if (typeof policy === 'object' && policy !== null && 'load' in policy && 'save' in policy && 'format' in policy) {
    expectName(`the format of \`${where}\``, policy.format)
    return policy as Policy
  }
  throw new TypeError(`Expected \`${where}\` to be a policy like tokenBucket({ … }), got ${shown(policy)}`)
}

function expectStore({ store }: LimiterOptions): Store {
  if (store === undefined) return memoryStore()
  if (typeof store === 'object' && store !== null && typeof store.bind === 'function') return store
  throw new TypeError(`Expected \`store\` to be a store like memoryStore(), got ${shown(store)}`)
}

function expectLimiterName({ name, store }: LimiterOptions): string {
  if (name === undefined && store === undefined) return 'default'
  if (name === undefined) {
    throw new TypeError('Expected `name`: limiters that share a store are told apart by their names')
  }
  return expectName('`name`', name)
}

function expectKey(key: unknown): string {
  if (typeof key !== 'string') throw new TypeError(`Expected the key to be a string, got ${shown(key)}`)
  if (key.length > longestKey) {
    throw new RangeError(`Expected the key to have at most ${longestKey} code units, got ${key.length}`)
  }
  return key
}

function expectRequests(requests: readonly ConsumeRequest[]): readonly ConsumeRequest[] {
  if (!Array.isArray(requests)) throw new TypeError(`Expected consumeMany to be given an array, got ${shown(requests)}`)
  for (const request of requests) expectOptions('each request of consumeMany', request, ['key', 'cost'])
  return requests
}

function expectCosts(names: readonly string[], cost: Cost): readonly number[] {
  if (typeof cost !== 'object' || cost === null) {
    const each = expectCost('cost', cost)
    return names.map(() => each)
  }
  const prototype = Object.getPrototypeOf(cost)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Expected \`cost\` to be an integer, or an object of integers by policy, got ${shown(cost)}`)
  }
  for (const name of Object.keys(cost)) {
    if (!names.includes(name)) {
      throw new TypeError(`Expected \`cost\` to name policies among ${names.join(', ')}, got \`${name}\``)
    }
  }
  return names.map((name) => (Object.hasOwn(cost, name) ? expectCost(`cost.${name}`, cost[name]) : 1))
}

function expectDecision(of: unknown): void {
  if (typeof of === 'object' && of !== null && 'allowed' in of && 'source' in of) return
  throw new TypeError(`Expected \`of\` to be a decision of this limiter, got ${shown(of)}`)
}

function expectCost(where: string, cost: unknown): number {
  if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost + 0
  throw new RangeError(`Expected \`${where}\` to be an integer from 0 to 2^53 - 1, got ${shown(cost)}`)
}
