/** Algorithms of this house, by the names that documents have for them. Written by tests/config/shipped-schema.test.ts. */
export const knownAlgorithms: readonly string[] = [
  'fixed-window',
  'leaky-bucket',
  'sliding-counter',
  'sliding-log',
  'token-bucket',
]

/** Stores of this house, and what is to be installed beside each. */
export const knownStores: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  compact: [],
  ioredis: ['ioredis'],
  redis: ['redis'],
}
