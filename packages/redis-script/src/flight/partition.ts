import type { Ask } from '@sluice/core'
import type { Load, Outcomes } from './caller.ts'
import { largestBatch } from './queue.ts'
import type { Weigh } from './weigh.ts'

/** Some of many requests, and their indexes among all of them. */
export interface Part extends Load {
  readonly indexes: readonly number[]
}

interface GrowingPart extends Part {
  readonly requests: Ask[]
  readonly indexes: number[]
  work: number
}

/** Parts of at most a batch each, of one slot each, as equal as can be, in order. */
export function partition(
  requests: readonly Ask[],
  slotOf: (request: Ask) => number,
  weigh: Weigh = () => 1,
): readonly Part[] {
  const slots = new Map<number, GrowingPart>()
  for (const [index, request] of requests.entries()) {
    const slot = slotOf(request)
    const part = slots.get(slot) ?? emptyPart(slot)
    slots.set(slot, part)
    add(part, request, index, weigh(request))
  }
  return [...slots.values()].flatMap((part) => split(part, weigh))
}

// Of equal parts none is a single request, which goes by another script and might overtake the others.
function split({ slot, requests, indexes, work }: Part, weigh: Weigh): Part[] {
  const size = work / Math.ceil(work / largestBatch)
  const parts: GrowingPart[] = []
  let part: GrowingPart | undefined
  for (const [i, request] of requests.entries()) {
    const next = weigh(request)
    if (part === undefined || part.work >= size || part.work + next > largestBatch) {
      part = emptyPart(slot)
      parts.push(part)
    }
    add(part, request, indexes[i] as number, next)
  }
  return parts
}

function emptyPart(slot: number): GrowingPart {
  return { slot, requests: [], indexes: [], work: 0 }
}

function add(part: GrowingPart, request: Ask, index: number, work: number): void {
  part.requests.push(request)
  part.indexes.push(index)
  part.work += work
}

/** The outcomes of all parts, back in order. Where a part failed, the others stand: each of its requests has the error. */
export async function join(parts: readonly Part[], decide: (part: Part) => Promise<Outcomes>): Promise<Outcomes> {
  const outcomes: Outcomes[number][] = []
  await Promise.all(
    parts.map(async (part) => {
      const decided = await decide(part).catch((error: Error) => part.requests.map(() => error))
      for (const [i, index] of part.indexes.entries()) outcomes[index] = decided[i] as Outcomes[number]
    }),
  )
  return outcomes
}
