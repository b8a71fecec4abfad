import { getEventListeners } from 'node:events'
import {
  createLimiter,
  type Decision,
  type Limiter,
  type LimiterEvent,
  OverloadError,
  type Store,
  StoreDownError,
} from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { storedKey } from '@sluice/redis-script'
import { findAlgorithms } from '../../tooling/packages.ts'
import { wait } from './wait.ts'

/** What every stored key of the load starts with. */
export const prefix = 'fault'
/** The quota of each key, and of those that run out at once; and how long it takes to come back. */
export const quota = 10_000
export const scarceQuota = 100
export const spanMs = 86_400_000
/** By when each decision must settle, in ms; refunds have longer, or what a client sends again would always be too late. */
export const deadlineMs = 100
export const refundDeadlineMs = 1000
/** How many processes would share the quota. */
export const processes = 2

const algorithms = await findAlgorithms()

interface Group {
  /** What the name of their limiter ends in. */
  readonly suffix: string
  readonly keys: readonly string[]
  readonly quota: number
  readonly deadlineMs: number
  /** Some are asked until they decide, some are left meanwhile, and some give back: what they consumed at first, and their last decision. */
  readonly use: 'ask' | 'leave' | 'refund'
}

const groups: readonly Group[] = [
  { suffix: '', keys: ['hot:1', 'hot:2', 'hot:3'], quota, deadlineMs, use: 'ask' },
  { suffix: '-scarce', keys: ['scarce:1'], quota: scarceQuota, deadlineMs, use: 'ask' },
  { suffix: '-left', keys: ['left:1'], quota, deadlineMs, use: 'leave' },
  { suffix: '-refunded', keys: ['refunded:1'], quota, deadlineMs: refundDeadlineMs, use: 'refund' },
]
const callers = 16
const pauseMs = 3
const refundPauseMs = 20
/** What is consumed at first of what is given back afterwards. */
const refundable = 9000

/** One key under one algorithm, and what became of the calls on it. */
export interface Account extends Omit<Group, 'suffix' | 'keys'> {
  /** The name of the limiter. */
  readonly name: string
  readonly key: string
  readonly storedKey: string
  readonly limiter: Limiter
  /** Units that the store admitted, and said so. */
  acknowledged: number
  /** Units admitted without the store. */
  local: number
  /** When it said so, for each unit, on the clock of this process; and how many of those units it may have lost since. */
  readonly acknowledgedAt: number[]
  lost: number
  /** Units of calls that were sent, and given up before they were answered. */
  ambiguous: number
  /** Units that the store was asked to take back, and those of them that it said it has. */
  askedBack: number
  givenBack: number
  /** The same of what was given back. */
  readonly givenBackAt: number[]
  lostBack: number
  /** When the store last decided, on the clock of this process. */
  decidedAt: number
  /** When something else last did. */
  missedAt: number
}

/** Calls on all algorithms and a few keys, from many callers at once. */
export interface Load {
  readonly accounts: readonly Account[]
  decisions: number
  refused: number
  refunds: number
  /** Calls that their callers left. */
  left: number
  /** The slowest call with the usual deadline; and the latest of all, after its own deadline. */
  slowestMs: number
  latestMs: number
  /** Decisions that were not the store's, by the name of their cause, and by that of their limiter. */
  readonly causes: Map<string, number>
  readonly without: Map<string, number>
  /** What no decision may ever say. */
  readonly absurd: string[]
  /** What each refund gave back, where it was not what it should be. */
  readonly misgiven: string[]
  /** How many still listen to the signal that callers share. */
  listening(): number
  /** The store has just lost its state, or what it was told within the last ms. */
  lose(withinMs?: number): void
  /** One call, of cost 1 unless told otherwise; records what became of it. */
  call(account: Account, cost?: number): Promise<Decision>
  /** What the store says is left; a server that is not asked as often as others are may still be left alone. */
  leftOf(account: Account): Promise<number>
  reset(account: Account): Promise<void>
  /** Resolves once there is something to give back. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface LoadOptions {
  readonly store: Store
  readonly onEvent: (event: LimiterEvent) => void
  /** The longest wait that a decision may tell of, in ms. */
  readonly longestMs: number
  /** State may be lost, or time credited: what one refund gave back cannot be told. */
  readonly loses: boolean
  /** What was given up must give nothing back. */
  readonly voids: boolean
}

/** A load on limiters over a store; it runs from `start` to `stop`. */
export function load({ store, onEvent, longestMs, loses, voids }: LoadOptions): Load {
  const accounts = groups.flatMap((group) => accountsOf(group, store, onEvent))
  const asked = accounts.filter(({ use }) => use !== 'refund')
  const refunded = accounts.filter(({ use }) => use === 'refund')
  const shared = new AbortController()
  let running = false
  let loops: Promise<void>[] = []

  /** Waits for a decision, and records when it came, whose it is, and whether its numbers make sense. */
  const record = async (account: Account, decide: () => Promise<Decision>): Promise<Decision> => {
    const started = performance.now()
    const decision = await decide().finally(() => timed(account, performance.now() - started))
    const { allowed, source, cause } = decision
    self.decisions += 1
    if (!allowed) self.refused += 1
    if (source === 'store') account.decidedAt = performance.now()
    else missed(account, cause)
    if (!sane(decision, longestMs)) self.absurd.push(JSON.stringify(decision))
    return decision
  }
  const timed = (account: Account, ms: number): void => {
    if (account.deadlineMs === deadlineMs) self.slowestMs = Math.max(self.slowestMs, ms)
    self.latestMs = Math.max(self.latestMs, ms - account.deadlineMs)
  }
  const missed = (account: Account, cause: unknown): void => {
    account.missedAt = performance.now()
    count(self.causes, cause instanceof Error ? cause.name : 'none')
    count(self.without, account.name)
  }

  const consume = async (account: Account, cost: number, signal?: AbortSignal): Promise<Decision> => {
    const options = signal === undefined ? { cost } : { cost, signal }
    const decision = await record(account, () => account.limiter.consume(account.key, options))
    const { allowed, source, cause } = decision
    if (source !== 'store') {
      if (allowed) account.local += cost
      if (wasSent(cause)) account.ambiguous += cost
    } else if (allowed) {
      account.acknowledged += cost
      note(account.acknowledgedAt, cost)
    }
    return decision
  }

  /** A call whose caller leaves after a while, if it is not decided by then. */
  const leave = async (account: Account, cost: number): Promise<void> => {
    const own = new AbortController()
    const reason = new Error('The caller leaves')
    const timer = setTimeout(() => own.abort(reason), Math.random() * 2 * pauseMs)
    try {
      await consume(account, cost, own.signal)
    } catch (error) {
      if (error !== reason) throw error
      // What is under way by then may still be counted.
      account.ambiguous += cost
      self.left += 1
    } finally {
      clearTimeout(timer)
    }
  }

  const run = async (first: number): Promise<void> => {
    for (let i = first; running; i += 1) {
      const account = asked[i % asked.length] as Account
      // Each account is asked for all costs.
      const cost = 1 + ((i + Math.floor(i / asked.length)) % 5)
      if (account.use === 'leave') await leave(account, cost)
      else await consume(account, cost, first % 2 === 0 ? shared.signal : undefined)
      await wait(pauseMs)
    }
  }

  /**
   * Gives a key's units back, a few at a time: in turn some of those consumed at first, and what one decision has charged. Nobody
   * else asks for it, so what is left shows what each refund gave.
   */
  const giveBack = async (account: Account, first: Decision): Promise<void> => {
    let left: number | undefined = first.remaining
    for (let i = 0; running; i += 1) {
      const cost = Math.min(account.acknowledged - account.askedBack, 2 + (i % 4))
      const of = i % 2 === 0 ? undefined : await consume(account, cost)
      if (of !== undefined) left = of.source === 'store' ? of.remaining : await leftWhileRunning(account)
      // What the store has not decided gives nothing back, and is not sent.
      if (of === undefined || of.source === 'store') left = await refund(account, left, { cost, of })
      await wait(refundPauseMs)
    }
  }
  /** One refund, held against what was left before it; resolves to what is left after it. */
  const refund = async (
    account: Account,
    left: number | undefined,
    { cost, of }: { readonly cost: number; readonly of: Decision | undefined },
  ): Promise<number | undefined> => {
    const decision = await record(account, () => account.limiter.refund(account.key, { cost, of }))
    const isConfirmed = decision.source === 'store'
    if (isConfirmed || wasSent(decision.cause)) account.askedBack += cost
    if (isConfirmed) {
      account.givenBack += cost
      note(account.givenBackAt, cost)
    }
    self.refunds += 1
    const now: number | undefined = isConfirmed ? decision.remaining : await leftWhileRunning(account)
    if (!loses && left !== undefined && now !== undefined) {
      const least = isConfirmed ? cost : 0
      const most = voids && !isConfirmed ? 0 : cost
      // Time may give a unit of its own.
      if (now - left < least || now - left > most + 1) {
        const what = isConfirmed ? 'a refund' : `a refund (${decision.cause?.message})`
        const whose = of === undefined ? '' : ' of a decision'
        self.misgiven.push(`${what}${whose}, of ${cost}, gave back ${now - left} (${account.name})`)
      }
    }
    return now
  }
  const leftWhileRunning = async (account: Account): Promise<number | undefined> => {
    while (running) {
      const { source, remaining } = await record(account, () => account.limiter.peek(account.key))
      if (source === 'store') return remaining
      await wait(refundPauseMs)
    }
    return undefined
  }

  const self: Load = {
    accounts,
    decisions: 0,
    refused: 0,
    refunds: 0,
    left: 0,
    slowestMs: 0,
    latestMs: 0,
    causes: new Map(),
    without: new Map(),
    absurd: [],
    misgiven: [],
    listening: () => getEventListeners(shared.signal, 'abort').length,
    call: (account, cost = 1) => consume(account, cost),
    async leftOf(account) {
      const end = performance.now() + 15_000
      while (performance.now() < end) {
        const { source, remaining } = await record(account, () => account.limiter.peek(account.key))
        if (source === 'store') return remaining
        await wait(refundPauseMs)
      }
      throw new Error(`Expected the store to say within 15 s what is left of ${account.key} (${account.name})`)
    },
    async reset(account) {
      await account.limiter.reset(account.key).catch((error: unknown) => {
        account.missedAt = performance.now()
        throw error
      })
    },
    lose(withinMs = Number.POSITIVE_INFINITY) {
      const since = performance.now() - withinMs
      for (const account of accounts) {
        const lost = (dates: readonly number[]): number => dates.filter((at) => at >= since).length
        account.lost = Math.max(account.lost, lost(account.acknowledgedAt))
        account.lostBack = Math.max(account.lostBack, lost(account.givenBackAt))
      }
    },
    async start() {
      running = true
      const spent = await Promise.all(refunded.map((account) => consume(account, refundable)))
      loops = [
        ...Array.from({ length: callers }, (_, i) => run(i * 7)),
        ...refunded.map((account, i) => giveBack(account, spent[i] as Decision)),
      ]
    },
    async stop() {
      running = false
      await Promise.all(loops)
      for (const { acknowledgedAt, givenBackAt } of accounts) acknowledgedAt.length = givenBackAt.length = 0
    },
  }
  return self
}

function accountsOf(
  { suffix, keys, quota, deadlineMs, use }: Group,
  store: Store,
  onEvent: (event: LimiterEvent) => void,
): Account[] {
  return algorithms.flatMap((algorithm) => {
    const policy = algorithm.policy(algorithm.quota(quota, spanMs))
    const name = `${algorithm.name}${suffix}`
    const failure = 'local'
    const limiter = createLimiter({ name, policy, store, deadline: deadlineMs, failure, processes, onEvent })
    return keys.map((key): Account => {
      return {
        quota,
        deadlineMs,
        use,
        name,
        key,
        storedKey: storedKey(prefix, key, name, 'default', policy.format),
        limiter,
        acknowledged: 0,
        acknowledgedAt: [],
        lost: 0,
        local: 0,
        ambiguous: 0,
        askedBack: 0,
        givenBack: 0,
        givenBackAt: [],
        lostBack: 0,
        decidedAt: 0,
        missedAt: 0,
      }
    })
  })
}

/** Whether what was not answered may have been executed: neither was it kept back, nor refused by the client or the server. */
function wasSent(cause: Error | undefined): boolean {
  if (cause instanceof StoreDownError || cause instanceof OverloadError) return false
  return cause === undefined || !refusals.has(codeOf(cause))
}

const refusals: ReadonlySet<string> = new Set([
  ...['OOM', 'NOPERM', 'NOAUTH', 'READONLY', 'MISCONF', 'BUSY', 'LOADING', 'NOREPLICAS', 'CLUSTERDOWN', 'STORED_STATE'],
  ...['ClientOfflineError', 'OFFLINE', 'NOT_CONNECTED', 'ECONNREFUSED'],
])

function note(dates: number[], units: number): void {
  const now = performance.now()
  for (let unit = 0; unit < units; unit += 1) dates.push(now)
}

function count(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1)
}

/** Numbers as they must be: I8. */
function sane(decision: Decision, longestMs: number): boolean {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, delayMs } = decision
  const numbers = [limit, remaining, retryAfterMs, resetAfterMs, delayMs]
  if (numbers.some((number) => !(Number.isFinite(number) && number >= 0))) return false
  if (allowed !== (retryAfterMs === 0) || remaining > limit) return false
  return Math.max(retryAfterMs, resetAfterMs, delayMs) <= longestMs
}
