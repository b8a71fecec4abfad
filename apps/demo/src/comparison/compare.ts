import { createLimiter, memoryStore } from '@sluice/core'
import {
  type Decided,
  simulate,
  type Timeline,
  type Traffic,
  type VirtualClock,
  virtualClock,
} from '@sluice/simulation'
import type { Algorithm, Promised, Quota } from './algorithm.ts'
import { algorithms, openAlgorithms, quotaFor } from './algorithms.ts'
import { greedyClient, trafficOf } from './scenarios.ts'
import type { Settings } from './settings.ts'

/** The same traffic through each algorithm. */
export interface Comparison {
  readonly settings: Settings
  readonly traffic: Traffic
  readonly lanes: readonly Lane[]
  /** The lanes that are folded to a line. */
  readonly folded: readonly Lane[]
}

/** What one algorithm made of the traffic. All times are in ms from the start. */
export interface Lane {
  readonly algorithm: Algorithm
  readonly quota: Quota
  readonly promised: Promised
  readonly decided: readonly Decided[]
  /** How much was left for the key that is shown, as `peek` says: at each sample, and before and after each request. */
  readonly states: readonly State[]
  readonly totals: Timeline['totals']
  readonly longestDelayMs: number
  /** The window in which one key got the most through; `units` 0 where nothing was admitted. */
  readonly worst: { readonly start: number; readonly units: number }
}

export interface State {
  readonly at: number
  readonly remaining: number
}

/** Where virtual time begins: at a multiple of every window, so that the fixed windows fall on the marks of the axis. */
export const start: number = Date.UTC(2026, 0, 1)

const samplesPerWindow = 40
const bucketsPerWindow = 20

/** Sends the traffic of the settings through each algorithm's own package, in memory and in virtual time. */
export async function compare(settings: Settings): Promise<Comparison> {
  const traffic = trafficOf(settings)
  const open = openAlgorithms(settings)
  const [lanes, folded]: [Lane[], Lane[]] = [[], []]
  for (const algorithm of algorithms) {
    const lane = await runLane(algorithm, settings, traffic)
    if (open.includes(algorithm)) lanes.push(lane)
    else folded.push(lane)
  }
  return { settings, traffic, lanes, folded }
}

async function runLane(algorithm: Algorithm, settings: Settings, traffic: Traffic): Promise<Lane> {
  const { window, by } = settings
  const quota = quotaFor(algorithm, settings, by)
  const inner = virtualClock(start)
  const limiter = createLimiter({
    name: 'demo',
    policy: algorithm.policy(quota),
    store: memoryStore({ clock: inner.now }),
  })
  const key = shownKey(traffic)
  const states: State[] = []
  const look = (): void => {
    states.push({ at: inner.now() - start, remaining: limiter.peekSync(key, { cost: 0 }).remaining })
  }
  const clock = sampledClock(inner, window / samplesPerWindow, look)
  const decided: Decided[] = []
  look()
  const { totals, longestDelayMs, worstWindow } = await simulate({
    traffic,
    limiter,
    clock,
    bucket: window / bucketsPerWindow,
    window,
    onDecision: (one) => decided.push(one),
  })
  clock.advanceTo(start + traffic.duration)
  const worst = { start: (worstWindow?.start ?? start) - start, units: worstWindow?.units ?? 0 }
  return {
    algorithm,
    quota,
    promised: algorithm.promise(quota),
    decided,
    states,
    totals,
    longestDelayMs,
    worst,
  }
}

/** The key whose state is drawn: the greedy client's where there is one. */
export function shownKey({ arrivals }: Traffic): string {
  return arrivals.some(({ key }) => key === greedyClient) ? greedyClient : (arrivals[0]?.key ?? 'client')
}

/** The same clock, which looks at the state on its way: at each sample, before it leaves an instant and when it arrives. */
function sampledClock(inner: VirtualClock, every: number, look: () => void): VirtualClock {
  const step = Math.max(1, Math.round(every))
  return {
    now: inner.now,
    advanceTo(time) {
      look()
      const first = start + (Math.floor((inner.now() - start) / step) + 1) * step
      for (let sample = first; sample < time; sample += step) {
        inner.advanceTo(sample)
        look()
      }
      inner.advanceTo(time)
      look()
    },
  }
}
