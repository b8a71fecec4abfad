declare const crypto: { getRandomValues(into: Int32Array): void } | undefined

/** As many as `getRandomValues` gives at once. */
const mostAtOnce = 16_384

// Drawn when the first key comes, because some runtimes give no random numbers while modules load; more for longer keys.
let factors = new Int32Array(0)
let lastKey = ''
let lastHash = 0

/**
 * A hash of 32 bits. Keys come from strangers, who must not be able to choose many of one hash: so it is a sum of code
 * units, each times a random factor of its own. For any two keys, the chance that the upper 16 bits agree is about 2^-16
 * (multilinear hashing; Lemire and Kaser, "Strongly universal string hashing is fast", 2014).
 */
export function keyHash(key: string): number {
  // A flood mostly repeats one key; and the policies and limiters of one request all ask for the same.
  return key === lastKey ? lastHash : hashAnew(key)
}

function hashAnew(key: string): number {
  if (key.length > factors.length) factors = moreFactors(key.length)

  let hash = 0
  for (let i = 0; i < key.length; i += 1) {
    // Plus 1: a NUL at the end must count, too.
    hash = (hash + Math.imul(key.charCodeAt(i) + 1, factors[i] as number)) | 0
  }
  lastKey = key
  lastHash = hash
  return hash
}

/** At least so many; those that were drawn stay, or what is stored would not be found again. */
function moreFactors(count: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.max(64, 2 ** Math.ceil(Math.log2(count))))
  for (let i = 0; i < more.length; i += mostAtOnce) fillAtRandom(more.subarray(i, i + mostAtOnce))
  more.set(factors)
  return more
}

/** Where the runtime has no `crypto`, by `Math.random`, which a stranger can foretell who sees what else was drawn. */
function fillAtRandom(some: Int32Array): void {
  if (typeof crypto !== 'undefined') crypto.getRandomValues(some)
  else for (let i = 0; i < some.length; i += 1) some[i] = Math.random() * 2 ** 32
}
