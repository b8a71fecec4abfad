import { algorithms } from './algorithms.ts'
import type { Comparison, Lane } from './compare.ts'

/** A comparison as one thread can give it to another: algorithms by name, since functions cannot be given. */
export interface PackedComparison extends Pick<Comparison, 'settings' | 'traffic'> {
  readonly lanes: readonly PackedLane[]
  readonly folded: readonly PackedLane[]
}

type PackedLane = Omit<Lane, 'algorithm'> & { readonly algorithm: string }

/** Packs a comparison; `unpacked` is the way back. */
export function packed({ settings, traffic, lanes, folded }: Comparison): PackedComparison {
  return { settings, traffic, lanes: lanes.map(packedLane), folded: folded.map(packedLane) }
}

/** The comparison that was packed. */
export function unpacked({ settings, traffic, lanes, folded }: PackedComparison): Comparison {
  return { settings, traffic, lanes: lanes.map(unpackedLane), folded: folded.map(unpackedLane) }
}

function packedLane({ algorithm, ...lane }: Lane): PackedLane {
  return { ...lane, algorithm: algorithm.id }
}

function unpackedLane({ algorithm: id, ...lane }: PackedLane): Lane {
  const algorithm = algorithms.find((one) => one.id === id)
  if (algorithm === undefined) throw new Error(`Expected \`${id}\` to be installed`)
  return { ...lane, algorithm }
}
