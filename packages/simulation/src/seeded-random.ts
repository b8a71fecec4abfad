import { shown } from '@sluice/core/internal'

/** A generator of numbers from 0 up to 1, the same for the same seed: mulberry32. Not for secrets. */
export function seededRandom(seed: number): () => number {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`Expected \`seed\` to be an integer from 0 to 2^32 - 1, got ${shown(seed)}`)
  }
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
