import type { Ask } from '@sluice/core'
import type { Outcomes } from './caller.ts'
import { largestBatch, type Weigh } from './lane.ts'

/** Asks that travel together, and their places among all that were asked. */
export interface Part {
  readonly slot: number
  readonly asks: Ask[]
  readonly places: number[]
}

/** Parts of at most a batch each, of one slot each, as equal as can be, in order. */
export function partition(asks: readonly Ask[], slotOf: (ask: Ask) => number, weigh: Weigh = () => 1): Part[] {
  const slots = new Map<number, Part>()
  for (const [place, ask] of asks.entries()) {
    const slot = slotOf(ask)
    const part = slots.get(slot) ?? { slot, asks: [], places: [] }
    slots.set(slot, part)
    part.asks.push(ask)
    part.places.push(place)
  }
  return [...slots.values()].flatMap((part) => split(part, weigh))
}

// Of equal parts none is a lone ask, which goes by another script and might overtake the others.
function split({ slot, asks, places }: Part, weigh: Weigh): Part[] {
  const whole = asks.reduce((sum, ask) => sum + weigh(ask), 0)
  const size = whole / Math.ceil(whole / largestBatch)
  const parts: Part[] = []
  let work = Number.POSITIVE_INFINITY
  for (const [i, ask] of asks.entries()) {
    const next = weigh(ask)
    if (work >= size || work + next > largestBatch) {
      parts.push({ slot, asks: [], places: [] })
      work = 0
    }
    const part = parts.at(-1) as Part
    part.asks.push(ask)
    part.places.push(places[i] as number)
    work += next
  }
  return parts
}

/** The outcomes of all parts, back in order. Where a part failed, the others stand: each of its asks has the error. */
export async function join(parts: readonly Part[], decide: (part: Part) => Promise<Outcomes>): Promise<Outcomes> {
  const outcomes: Outcomes[number][] = []
  await Promise.all(
    parts.map(async (part) => {
      const decided = await decide(part).catch((error: Error) => part.asks.map(() => error))
      for (const [i, place] of part.places.entries()) outcomes[place] = decided[i] as Outcomes[number]
    }),
  )
  return outcomes
}
