import { type ChargeNote, chargedBy, forgetCharged } from './charged.ts'
import type {
  ConsumeOptions,
  ConsumeRequest,
  Cost,
  CostOptions,
  Decision,
  Key,
  RefundOptions,
  Signal,
  WaitOptions,
} from './contract/limiter.ts'
import type { Mode, PastCharge } from './contract/policy.ts'
import type { Ask } from './contract/store.ts'
import { countedWith } from './counter.ts'
import { parseDuration } from './duration.ts'
import { expectOptions, shown } from './expect.ts'
import { expectKey, isSameKey, type KeyRules } from './request-key.ts'

/** What a request is checked against. */
export interface Requester extends KeyRules {
  /** Which policies are only watched for a key; absent: never any. */
  readonly shadowOf: ((key: Ask['key']) => Ask['shadow']) | undefined
  /** A cost of 1 for each, which all requests share that name no cost. */
  readonly ones: readonly number[]
  /** The same object for a limiter and what its `with` returns: their decisions may be given back by one another. */
  readonly family: object
}

/** A request that has been checked. */
export interface Request extends Ask {
  readonly family: object
}

const consumeNames = ['cost', 'signal']
const consumeSyncNames = ['cost']
const waitNames = ['cost', 'maxWait', 'signal']

/** The functions below check what a caller gives. They throw a `TypeError` or a `RangeError` before anything is counted. */
export function consumeRequest(requester: Requester, key: Key, options: ConsumeOptions | undefined): Request {
  if (options !== undefined) expectOptions('consume', options, consumeNames)
  return request(requester, key, 'consume', options?.cost)
}

/** The same without a signal, which nobody could fire meanwhile. */
export function consumeSyncRequest(requester: Requester, key: Key, options: CostOptions | undefined): Request {
  if (options !== undefined) expectOptions('consume', options, consumeSyncNames)
  return request(requester, key, 'consume', options?.cost)
}

/** A consume that is asked for until it is allowed, or would be too late. */
export function waitRequest(
  requester: Requester,
  key: Key,
  options: WaitOptions = {},
): { readonly request: Request; readonly maxWaitMs: number; readonly signal: Signal | undefined } {
  expectOptions('wait', options, waitNames)
  const { cost, maxWait, signal } = options
  const maxWaitMs = maxWait === undefined ? Number.POSITIVE_INFINITY : parseDuration('maxWait', maxWait)
  return { request: request(requester, key, 'consume', cost), maxWaitMs, signal }
}

/** One request for each of `consumeMany`. */
export function consumeRequests(requester: Requester, requests: readonly ConsumeRequest[]): readonly Request[] {
  if (!Array.isArray(requests)) throw new TypeError(`Expected consumeMany to be given an array, got ${shown(requests)}`)
  for (const one of requests) expectOptions('each request of consumeMany', one, ['key', 'cost'])
  return requests.map(({ key, cost }: ConsumeRequest) => request(requester, key, 'consume', cost))
}

export function chargeRequest(requester: Requester, key: Key, options: CostOptions | undefined): Request {
  if (options !== undefined) expectOptions('charge', options, ['cost'])
  return request(requester, key, 'charge', options?.cost)
}

export function peekRequest(requester: Requester, key: Key, options: CostOptions | undefined): Request {
  if (options !== undefined) expectOptions('peek', options, ['cost'])
  return request(requester, key, 'peek', options?.cost)
}

/**
 * A refund, of a decision or of whatever is there. A peek where the decision has charged nothing that this limiter could give back,
 * or was taken back before.
 */
export function refundRequest(requester: Requester, key: Key, options: RefundOptions = {}): Request {
  expectOptions('refund', options, ['cost', 'of'])
  const { cost, of } = options
  const refund = request(requester, key, 'refund', cost)
  if (of === undefined) return refund
  expectDecision(of)
  const note = chargedBy(of)
  const isOwn = note?.request.family === requester.family && isSameKey(note.request.key, refund.key)
  if (!isOwn) return request(requester, key, 'peek', 0)
  const costs =
    cost === undefined ? note.request.costs : expectAtMost(requester.names, refund.costs, note.request.costs)
  forgetCharged(of)
  const charged = note.request.shadow === undefined ? costs : chargedOnly(requester.names, costs, of)
  return { ...refund, costs: charged, of: requester.names.map((name, i) => pastCharge(of, note, name, i)) }
}

/** A policy that was only watched may have charged nothing. */
function chargedOnly(names: readonly string[], costs: readonly number[], { policies }: Decision): readonly number[] {
  return costs.map((cost, i) => Math.min(cost, policies[names[i] as string]?.cost ?? 0))
}

/** What a decision knows of what it has charged to its policy of a name, the i-th. */
function pastCharge({ at, policies }: Decision, { request, counted }: ChargeNote, name: string, i: number): PastCharge {
  const before = typeof counted === 'number' ? counted : (counted[i] as number)
  return {
    at,
    ends: at + (policies[name]?.resetAfterMs ?? 0),
    counted: countedWith(before, request.costs[i] as number),
  }
}

function expectAtMost(names: readonly string[], costs: readonly number[], most: readonly number[]): readonly number[] {
  for (let i = 0; i < costs.length; i += 1) {
    if ((costs[i] as number) > (most[i] as number)) {
      const where = names.length === 1 ? '`cost`' : `\`cost.${names[i]}\``
      throw new RangeError(`Expected ${where} to be at most ${most[i]}, what the decision has charged, got ${costs[i]}`)
    }
  }
  return costs
}

export function resetRequest(requester: Requester, key: Key): Request {
  return request(requester, key, 'reset', 0)
}

function request(requester: Requester, key: Key, mode: Mode, cost: Cost | undefined): Request {
  const { names, ones, family, shadowOf } = requester
  const checked = expectKey(requester, key)
  return {
    key: checked,
    mode,
    costs: cost === undefined ? ones : expectCosts(names, cost),
    shadow: shadowOf === undefined ? undefined : shadowOf(checked),
    family,
  }
}

/** A signal that has not fired; throws the reason of one that has. */
export function expectSignal(signal: Signal | undefined): void {
  if (signal === undefined) return
  if (typeof signal !== 'object' || signal === null || typeof signal.addEventListener !== 'function') {
    throw new TypeError(`Expected \`signal\` to be an AbortSignal, got ${shown(signal)}`)
  }
  if (signal.aborted) throw signal.reason
}

/** The costs of a request, one for each policy in the order of their names. Throws a `TypeError` or a `RangeError`. */
export function expectCosts(names: readonly string[], cost: Cost): readonly number[] {
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

function expectCost(where: string, cost: unknown): number {
  if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost + 0
  throw new RangeError(`Expected \`${where}\` to be an integer from 0 to 2^53 - 1, got ${shown(cost)}`)
}

function expectDecision(of: unknown): void {
  if (typeof of === 'object' && of !== null && 'allowed' in of && 'source' in of) return
  throw new TypeError(`Expected \`of\` to be a decision of this limiter, got ${shown(of)}`)
}
