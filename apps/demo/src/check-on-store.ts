import type { Decision } from '@sluice/core'
import { type Decided, simulate } from '@sluice/simulation'
import { compare, type Lane, start } from './comparison/compare.ts'
import type { Settings } from './comparison/settings.ts'
import { isolatedRun } from './isolated-run.ts'
import type { OpenStore } from './open-store.ts'

/** Whether a store decides as memory does, on the same arrivals. */
export interface CheckResult {
  /** Which server and client decided: `Redis 7.0.15 through ioredis`. */
  readonly server: string
  readonly decisions: number
  /** Present when the time was up before all had been decided: how many there would have been. */
  readonly outOf?: number
  readonly differences: number
  /** The first difference, in words; absent when there is none. */
  readonly first?: string
}

/** The fields of a decision that a caller acts on. */
const fields = ['allowed', 'limit', 'remaining', 'retryAfterMs', 'resetAfterMs', 'delayMs'] as const

export interface CheckOptions {
  /** When it fires, nobody waits any more: the check rejects. */
  readonly signal?: AbortSignal | undefined
  /** When it fires, the time is up: what has been decided by then is compared. */
  readonly timeUp?: AbortSignal | undefined
  readonly onProgress?: ((decided: number, outOf: number) => void) | undefined
}

/** Sends the traffic of the settings through each algorithm on the store too. Rejects with what the store throws. */
export async function checkOnStore(
  settings: Settings,
  store: OpenStore,
  { signal, timeUp, onProgress }: CheckOptions = {},
): Promise<CheckResult> {
  const { traffic, lanes } = await compare(settings)
  const keys = new Set(traffic.arrivals.map(({ key }) => key))
  const signals = [signal, timeUp].filter((one) => one !== undefined)
  const outOf = lanes.reduce((sum, { decided }) => sum + decided.length, 0)
  let decisions = 0
  const run = async ({ algorithm, quota }: Lane, onStore: Decided[]): Promise<void> => {
    await isolatedRun(
      { store, policy: algorithm.policy(quota), keys, start, signal: AbortSignal.any(signals) },
      (limiter, clock) =>
        simulate({
          traffic,
          limiter,
          clock,
          bucket: settings.window,
          window: settings.window,
          onDecision(one) {
            onStore.push(one)
            decisions += 1
            onProgress?.(decisions, outOf)
          },
        }),
    )
  }
  const onStore = lanes.map((): Decided[] => [])
  const isCut = await untilTimeIsUp(
    lanes.map((lane, i) => run(lane, onStore[i] ?? [])),
    { signal, timeUp },
  )
  const differences = lanes.flatMap((lane, i) => differencesOf(lane, onStore[i] ?? [], isCut))
  return {
    server: store.server,
    decisions,
    ...(isCut && { outOf }),
    differences: differences.length,
    ...(differences[0] !== undefined && { first: differences[0] }),
  }
}

/** Waits for all runs, and says whether the time was up before. */
async function untilTimeIsUp(runs: readonly Promise<void>[], { signal, timeUp }: CheckOptions): Promise<boolean> {
  try {
    await Promise.all(runs)
    return false
  } catch (error) {
    // The other runs end by the same signal; nothing of theirs must be left unheard.
    await Promise.allSettled(runs)
    if (timeUp?.aborted && !signal?.aborted && error === timeUp.reason) return true
    throw error
  }
}

function differencesOf({ algorithm, decided }: Lane, onStore: readonly Decided[], isCut: boolean): string[] {
  const length = isCut ? onStore.length : Math.max(decided.length, onStore.length)
  return Array.from({ length }, (_, i) => difference(decided[i], onStore[i]))
    .filter((text) => text !== undefined)
    .map((text) => `${algorithm.name}, ${text}`)
}

function difference(inMemory: Decided | undefined, onStore: Decided | undefined): string | undefined {
  if (inMemory === undefined || onStore === undefined || inMemory.at !== onStore.at) {
    return `request at ${(inMemory ?? onStore)?.at} ms: one store was asked and the other was not`
  }
  const field = fields.find((name) => inMemory.decision[name] !== onStore.decision[name])
  if (field === undefined) return undefined
  const value = ({ decision }: { readonly decision: Decision }): string => String(decision[field])
  return `request at ${inMemory.at} ms: \`${field}\` is ${value(inMemory)} in memory, ${value(onStore)} on the store`
}
