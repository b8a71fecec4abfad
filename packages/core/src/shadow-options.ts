import { shown } from './expect.ts'

/** Whether policies refuse, or are only watched. */
export type LimiterMode = 'enforce' | 'shadow'

/** The options of `createLimiter` that say which policies are only watched, and for whom. */
interface ShadowOptions {
  readonly mode?: LimiterMode | Readonly<Record<string, LimiterMode>> | undefined
  readonly enforce?: number | undefined
}

/** The names of the policies in shadow mode. */
export function expectShadow({ mode, enforce }: ShadowOptions, names: readonly string[]): readonly string[] {
  if (typeof mode !== 'object' || mode === null) {
    return expectMode('`mode`', mode ?? (enforce === undefined ? 'enforce' : 'shadow')) === 'shadow' ? names : []
  }
  for (const name of Object.keys(mode)) {
    if (names.includes(name)) continue
    throw new TypeError(`Expected \`mode\` to name policies of the limiter (${names.join(', ')}), got ${shown(name)}`)
  }
  return names.filter((name) => expectMode(`\`mode.${name}\``, mode[name] ?? 'enforce') === 'shadow')
}

function expectMode(where: string, mode: unknown): LimiterMode {
  if (mode === 'enforce' || mode === 'shadow') return mode
  throw new RangeError(`Expected ${where} to be 'enforce' or 'shadow', got ${shown(mode)}`)
}

/** The part of the keys for which they are enforced all the same. */
export function expectEnforce(enforce: unknown, shadow: readonly string[]): number {
  if (enforce === undefined) return 0
  if (typeof enforce !== 'number') throw new TypeError(`Expected \`enforce\` to be a number, got ${shown(enforce)}`)
  if (!(enforce >= 0 && enforce <= 1)) {
    throw new RangeError(`Expected \`enforce\` to be a part of the keys, from 0 to 1, got ${shown(enforce)}`)
  }
  if (shadow.length > 0) return enforce
  throw new TypeError(
    'Expected `enforce` only with a policy in shadow mode: without one, all policies are enforced for all keys',
  )
}
