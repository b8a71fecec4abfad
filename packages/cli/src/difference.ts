import type { AccessLog } from '@sluice/simulation'
import { refusedByClient, topOf } from './refusals.ts'
import type { Replayed } from './replay-limiter.ts'

/** Whom one document treats worse than the other. */
export interface Worse {
  /** Requests that this one refuses and the other admits. */
  readonly requests: number
  /** Clients that this one refuses at least once, and the other never. */
  readonly clients: number
  /** Of those clients the most refused, with how often. */
  readonly most: readonly { readonly client: string; readonly refused: number }[]
}

/** In what two documents differ on the same log. */
export interface Difference {
  readonly limiter: string
  /** What is refused by the document alone, and by the one that it is compared with alone. */
  readonly here: Worse
  readonly there: Worse
}

/** Compares two replays of one log, request by request. */
export function differenceOf(log: AccessLog, here: Replayed, there: Replayed, top: number): Difference {
  const counts = [here, there].map(({ outcomes }) => refusedByClient(log, outcomes)) as [Uint32Array, Uint32Array]
  const [ofHere, ofThere] = counts
  return {
    limiter: here.limiter,
    here: worse(log, here.outcomes, there.outcomes, { own: ofHere, other: ofThere, top }),
    there: worse(log, there.outcomes, here.outcomes, { own: ofThere, other: ofHere, top }),
  }
}

interface Counts {
  readonly own: Uint32Array
  readonly other: Uint32Array
  readonly top: number
}

function worse({ clients }: AccessLog, own: Uint8Array, other: Uint8Array, counts: Counts): Worse {
  let requests = 0
  for (const [request, outcome] of own.entries()) if (outcome !== 0 && other[request] === 0) requests += 1
  const alone = counts.own.map((count, client) => (counts.other[client] === 0 ? count : 0))
  const name = (client: number): string => clients[client] as string
  return {
    requests,
    clients: alone.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    most: topOf(alone, counts.top, name).map((client) => ({ client: name(client), refused: alone[client] as number })),
  }
}
