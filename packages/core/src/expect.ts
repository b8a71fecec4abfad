/** How a wrong value is shown in an error: short, and never the whole of a large one. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}…` : JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** Throws a `TypeError` unless `options` is an object that has no other keys than the known ones. */
export function expectOptions(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`Expected ${where} to be given an object of options, got ${shown(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`Expected the options of ${where} to be among ${known.join(', ')}, got \`${name}\``)
    }
  }
}

/** A positive integer below 2^53, or an error that names the option. */
export function expectPositiveInteger(name: string, value: unknown): number {
  if (typeof value !== 'number')
    throw new TypeError(`Expected \`${name}\` to be a positive integer, got ${shown(value)}`)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`Expected \`${name}\` to be a positive integer below 2^53, got ${value}`)
  }
  return value
}

const namePattern = /^[A-Za-z0-9_.-]+$/

/** A name that may stand in a stored key, or an error that says which. */
export function expectName(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`Expected ${what} to be a string, got ${shown(value)}`)
  if (!namePattern.test(value)) {
    throw new RangeError(`Expected ${what} to be made of letters, digits, "_", "." and "-", got ${shown(value)}`)
  }
  return value
}
