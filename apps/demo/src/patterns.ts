import { boundaryBurst, burst, retryStorm, spike, steady, type Traffic } from '@sluice/simulation'

/** How much traffic, and for how long: all times in ms. */
export interface Scale {
  readonly window: number
  readonly duration: number
  /** About how many requests a window is asked for; what exactly it counts is the pattern's. */
  readonly requests: number
}

/** The traffic that the page offers. */
export const patternNames = ['boundary-burst', 'burst', 'steady', 'spike', 'retry-storm'] as const

export type PatternName = (typeof patternNames)[number]

const seed = 7

/** Makes the traffic of a pattern, to the scale of the quota that it is to meet. */
export const patterns: Readonly<Record<PatternName, (scale: Scale) => Traffic>> = {
  'boundary-burst': ({ window, duration, requests }) =>
    boundaryBurst({ size: requests, window, spread: tenthOf(window), duration }),
  burst: ({ window, duration, requests }) =>
    burst({ size: requests, every: Math.ceil(window * 1.5), spread: tenthOf(window), duration }),
  steady: ({ window, duration, requests }) => steady({ rate: requests, per: window, duration, seed }),
  spike: ({ window, duration, requests }) => {
    const rate = Math.ceil(requests / 2)
    const from = Math.ceil(window * 2.25)
    return spike({ rate, peak: 8 * rate, per: window, from, lasting: Math.ceil(window / 2), duration, seed })
  },
  'retry-storm': ({ window, duration, requests }) =>
    retryStorm({ clients: requests, every: window, pause: tenthOf(window), duration, seed }),
}

function tenthOf(window: number): number {
  return Math.max(1, Math.floor(window / 10))
}
