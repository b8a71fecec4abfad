import { type Arrival, boundaryBurst, burst, retryStorm, spike, steady, type Traffic } from '@sluice/simulation'
import { drawnTraffic } from './drawing.ts'
import { type Settings, type TrafficName, windowsShown } from './settings.ts'

/** One kind of traffic, chosen because the algorithms differ on it. */
export interface Scenario {
  /** Its point, as the button says it. */
  readonly title: string
  /** The number of requests at which the algorithms differ, with the other settings as they are at first. */
  readonly requests: number
  /** At least so many requests, in time order; those beyond are left out evenly. */
  make(scale: Scale): Traffic
}

interface Scale {
  readonly requests: number
  /** Ms. */
  readonly window: number
  readonly duration: number
}

const seed = 7

/** How many times a refused client of the retry storm comes back. */
const attempts = 10

/** The traffic that can be chosen, in the order of the buttons. */
export const scenarios = {
  boundary: {
    title: 'a burst on each side of a boundary',
    requests: 100,
    make: ({ requests, window, duration }) =>
      boundaryBurst({ size: Math.ceil(requests / 10), window, spread: window / 10, duration }),
  },
  burst: {
    title: 'twice a burst, then silence',
    requests: 160,
    make: ({ requests, window, duration }) =>
      burst({ size: Math.ceil(requests / 8), every: 0.75 * window, spread: window / 10, duration }),
  },
  steady: {
    title: 'twice the quota, steadily',
    requests: 120,
    make: ({ requests, window, duration }) =>
      steady({ rate: Math.ceil(requests / windowsShown), per: window, duration, seed }),
  },
  spike: {
    title: 'one spike',
    requests: 50,
    make: ({ requests, window, duration }) => {
      // Five and a half windows at the rate, and half a window at eight times as much.
      const rate = Math.ceil(requests / 9.5)
      return spike({ rate, peak: 8 * rate, per: window, from: 2.25 * window, lasting: window / 2, duration, seed })
    },
  },
  retry: {
    title: 'a retry storm',
    requests: 72,
    make: ({ requests, window, duration }) =>
      retryStorm({
        clients: Math.ceil(requests / windowsShown),
        every: window,
        pause: window / 10,
        attempts,
        duration,
        seed,
      }),
  },
  greedy: {
    title: 'one greedy client',
    requests: 108,
    make: ({ requests, window, duration }) => greedyAmongMany({ requests, window, duration }),
  },
} as const satisfies Readonly<Record<Exclude<TrafficName, 'drawn'>, Scenario>>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

/** The client that asks for more than its share. */
export const greedyClient = 'greedy'

/** The key that all share where clients have none of their own. */
export const sharedKey = 'client'

/** The traffic of the settings: exactly as many requests, within six windows. */
export function trafficOf({ scenario, requests, window, keys, drawing }: Settings): Traffic {
  if (scenario === 'drawn') return drawnTraffic(drawing, window)
  const duration = windowsShown * window
  const { arrivals, retry } = scenarios[scenario].make({ requests, window, duration })
  const kept = thinned(arrivals, requests)
  return {
    duration,
    arrivals: keys === 'all' ? kept.map((arrival) => ({ ...arrival, key: sharedKey })) : kept,
    ...(retry !== undefined && { retry }),
  }
}

/** How many decisions each algorithm may have to make at most: those who come back come as often as others. */
export function mostDecisions({ scenario, requests }: Settings): number {
  return scenario === 'retry' ? requests * (1 + attempts) : requests
}

/** So many of the arrivals, left out as evenly as can be. */
function thinned(arrivals: readonly Arrival[], count: number): Arrival[] {
  const all = arrivals.length
  return arrivals.filter((_, i) => Math.floor(((i + 1) * count) / all) > Math.floor((i * count) / all))
}

const otherClients = 8

/** Two thirds of the requests are one client's. */
function greedyAmongMany({ requests, window, duration }: Scale): Traffic {
  const ofGreedy = Math.ceil((requests * 2) / 3)
  const ofOthers = Math.max(1, requests - ofGreedy)
  const rate = (count: number): number => Math.ceil(count / windowsShown)
  const greedy = steady({ rate: rate(ofGreedy), per: window, duration, key: greedyClient, seed })
  const others = steady({ rate: rate(ofOthers), per: window, duration, seed: seed + 1 })
  const named = others.arrivals.map((arrival, i) => ({ ...arrival, key: `client ${(i % otherClients) + 1}` }))
  return { duration, arrivals: [...greedy.arrivals, ...named].sort((a, b) => a.at - b.at) }
}
