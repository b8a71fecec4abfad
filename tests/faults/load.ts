import {
  createLimiter,
  type Decision,
  type Limiter,
  OverloadError,
  type Policy,
  type Store,
  StoreDownError,
} from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { wait } from './wait.ts'

/** The quota of each key, and how long it takes to come back. */
export const quota = 10_000
export const spanMs = 86_400_000
/** By when each decision must settle, in ms. */
export const deadlineMs = 100
/** How many processes would share the quota. */
export const processes = 2

const policies: Readonly<Record<string, Policy>> = {
  'token-bucket': tokenBucket({ capacity: quota, refill: quota, per: '1d' }),
  'leaky-bucket': leakyBucket({ capacity: quota, leak: quota, per: '1d' }),
  'fixed-window': fixedWindow({ limit: quota, window: '1d', align: 'first-request' }),
  'sliding-log': slidingLog({ limit: quota, window: '1d' }),
}
const keys = ['hot:1', 'hot:2', 'hot:3']
const callers = 16
const pauseMs = 3

/** One key under one algorithm, and what became of the calls on it. */
export interface Account {
  readonly algorithm: string
  readonly key: string
  readonly limiter: Limiter
  /** Units that the store admitted, and said so. */
  acknowledged: number
  /** Units admitted without the store. */
  local: number
  /** When it said so, for each unit, on the clock of this process. */
  readonly acknowledgedAt: number[]
  /** Of those units, how many the store may have lost since. */
  lost: number
  /** Units of calls that were sent, and given up before they were answered. */
  ambiguous: number
  /** When the store last decided, on the clock of this process. */
  decidedAt: number
  /** When something else last did. */
  missedAt: number
}

/** Calls on all algorithms and a few keys, from many callers at once. */
export interface Load {
  readonly accounts: readonly Account[]
  decisions: number
  slowestMs: number
  /** Decisions that were not the store's, by the name of their cause. */
  readonly causes: Map<string, number>
  /** What no decision may ever say. */
  readonly absurd: string[]
  /** The store has just lost its state, or what it was told within the last ms. */
  lose(withinMs?: number): void
  /** One call, of cost 1 unless told otherwise; records what became of it. */
  call(account: Account, cost?: number): Promise<Decision>
  start(): void
  stop(): Promise<void>
}

/** A load on limiters over a store; it runs from `start` to `stop`. */
export function load(store: Store): Load {
  const accounts = Object.entries(policies).flatMap(([algorithm, policy]) => {
    const limiter = createLimiter({ name: algorithm, policy, store, deadline: deadlineMs, failure: 'local', processes })
    return keys.map((key): Account => {
      return {
        algorithm,
        key,
        limiter,
        acknowledged: 0,
        acknowledgedAt: [],
        lost: 0,
        local: 0,
        ambiguous: 0,
        decidedAt: 0,
        missedAt: 0,
      }
    })
  })
  let running = false
  let loops: Promise<void>[] = []

  const run = async (first: number): Promise<void> => {
    for (let i = first; running; i += 1) {
      await self.call(accounts[i % accounts.length] as Account, 1 + (i % 5))
      await wait(pauseMs)
    }
  }

  const self: Load = {
    accounts,
    decisions: 0,
    slowestMs: 0,
    causes: new Map(),
    absurd: [],
    async call(account, cost = 1) {
      const started = performance.now()
      const decision = await account.limiter.consume(account.key, { cost })
      const now = performance.now()
      self.decisions += 1
      self.slowestMs = Math.max(self.slowestMs, now - started)
      if (decision.source === 'store') {
        account.decidedAt = now
        if (decision.allowed) {
          account.acknowledged += cost
          for (let unit = 0; unit < cost; unit += 1) account.acknowledgedAt.push(now)
        }
      } else {
        account.missedAt = now
        if (decision.allowed) account.local += cost
        const { cause } = decision
        if (!(cause instanceof StoreDownError || cause instanceof OverloadError)) account.ambiguous += cost
        const name = cause === undefined ? 'none' : cause.name
        self.causes.set(name, (self.causes.get(name) ?? 0) + 1)
      }
      if (!sane(decision)) self.absurd.push(JSON.stringify(decision))
      return decision
    },
    lose(withinMs = Number.POSITIVE_INFINITY) {
      const since = performance.now() - withinMs
      for (const account of accounts) {
        const lost = account.acknowledgedAt.filter((at) => at >= since).length
        account.lost = Math.max(account.lost, lost)
      }
    },
    start() {
      running = true
      loops = Array.from({ length: callers }, (_, i) => run(i * 5))
    },
    async stop() {
      running = false
      await Promise.all(loops)
      for (const { acknowledgedAt } of accounts) acknowledgedAt.length = 0
    },
  }
  return self
}

/** Numbers as they must be: I8. */
function sane({ allowed, limit, remaining, retryAfterMs, resetAfterMs, delayMs }: Decision): boolean {
  const numbers = [limit, remaining, retryAfterMs, resetAfterMs, delayMs]
  if (numbers.some((number) => !(number >= 0))) return false
  return (
    allowed === (retryAfterMs === 0) && retryAfterMs <= 2 * spanMs && resetAfterMs <= 2 * spanMs && remaining <= limit
  )
}
