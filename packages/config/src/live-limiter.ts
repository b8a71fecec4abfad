import type { Limiter } from '@sluice/core'

/**
 * A limiter that is always the current one: each call, and each property, goes to it. It has what the first current one has, whatever
 * that is.
 */
export function liveLimiter(current: () => Limiter): Limiter {
  const call = (name: string, args: readonly unknown[]): unknown => {
    const method = (current() as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>)[name]
    return (method as (...args: readonly unknown[]) => unknown)(...args)
  }
  const properties = Object.entries(current()).map(([name, value]): [string, PropertyDescriptor] => [
    name,
    typeof value === 'function'
      ? { enumerable: true, value: (...args: readonly unknown[]) => call(name, args) }
      : { enumerable: true, get: () => (current() as unknown as Readonly<Record<string, unknown>>)[name] },
  ])
  return Object.defineProperties({}, Object.fromEntries(properties)) as Limiter
}
