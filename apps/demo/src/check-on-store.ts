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
  readonly differences: number
  /** The first difference, in words; absent when there is none. */
  readonly first?: string
}

/** The fields of a decision that a caller acts on. */
const fields = ['allowed', 'limit', 'remaining', 'retryAfterMs', 'resetAfterMs', 'delayMs'] as const

/** Sends the traffic of the settings through each algorithm on the store too. Rejects once the signal fires. */
export async function checkOnStore(settings: Settings, store: OpenStore, signal?: AbortSignal): Promise<CheckResult> {
  const { traffic, lanes } = await compare(settings)
  const keys = new Set(traffic.arrivals.map(({ key }) => key))
  const run = async ({ algorithm, quota }: Lane): Promise<Decided[]> => {
    const decided: Decided[] = []
    await isolatedRun(
      { store, policy: algorithm.policy(quota), keys, start, ...(signal !== undefined && { signal }) },
      (limiter, clock) =>
        simulate({
          traffic,
          limiter,
          clock,
          bucket: settings.window,
          window: settings.window,
          onDecision: (one) => decided.push(one),
        }),
    )
    return decided
  }
  const onStore = await Promise.all(lanes.map(run))
  const differences = lanes.flatMap((lane, i) => differencesOf(lane, onStore[i] ?? []))
  return {
    server: store.server,
    decisions: onStore.reduce((sum, decided) => sum + decided.length, 0),
    differences: differences.length,
    ...(differences[0] !== undefined && { first: differences[0] }),
  }
}

function differencesOf({ algorithm, decided }: Lane, onStore: readonly Decided[]): string[] {
  const length = Math.max(decided.length, onStore.length)
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
