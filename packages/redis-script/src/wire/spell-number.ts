/**
 * A whole number from 0 to 2^53 as text that no encoding changes and `struct` reads fast: each of its seven bytes halved, and
 * then their low bits, the lowest byte first. Every byte stays below 128.
 */
export function spellNumber(number: number): string {
  const low = number >>> 0
  const high = Math.floor(number / 2 ** 32)
  return String.fromCharCode(
    (low >>> 1) & 127,
    (low >>> 9) & 127,
    (low >>> 17) & 127,
    low >>> 25,
    (high >>> 1) & 127,
    (high >>> 9) & 127,
    high >>> 17,
    low & 1,
    (low >>> 8) & 1,
    (low >>> 16) & 1,
    (low >>> 24) & 1,
    high & 1,
    (high >>> 8) & 1,
    (high >>> 16) & 1,
  )
}

/** A date or a number of ms, which may lie outside of what can be spelled: then the nearest that can. */
export function spellDate(date: number): string {
  return spellNumber(Math.min(Math.max(date, 0), Number.MAX_SAFE_INTEGER))
}
