/**
 * One key of several parts, such as a user and an address: two lists of parts never make the same key, whatever strangers put
 * into them. `compositeKey('ann', '192.0.2.7')` is `3:ann9:192.0.2.7`.
 */
export function compositeKey(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}
