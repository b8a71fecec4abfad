import {
  type Answer,
  type Ask,
  type Clock,
  DeadlineError,
  expectClock,
  expectName,
  injectedClockGraceMs,
  type Mode,
  type Policy,
  readClock,
  type Store,
  StoredStateError,
  shown,
  type View,
} from '@sluice/core'
import calculateSlot from 'cluster-key-slot'
import { type Decide, inBatches, inLanes, merging } from './merging.ts'
import { assemble, type Script } from './script.ts'
import { storedKey } from './stored-key.ts'

/** All that a Redis client must be able to do. Each call sends one command and settles with its reply. */
export interface Connection {
  evalsha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  eval(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** In a Cluster, only what shares a slot can share a script. */
  readonly cluster: boolean
}

export interface ScriptStoreOptions {
  /** What every stored key starts with. Default `'sluice'`. */
  readonly prefix?: string
  /** Default: the clock of the Redis server. With a clock of your own, keys are kept a day longer. */
  readonly clock?: Clock
  /** Whether decisions asked for while others are in flight share the next script. Default `true`. */
  readonly merge?: boolean
}

const modes: Readonly<Record<Mode, string>> = { consume: '0', peek: '1', refund: '2', reset: '3' }
const stepWidth = 4

/** Later than any date a clock may say. */
const noDeadline = Number.MAX_SAFE_INTEGER

/** A store that decides in Redis, by scripts, over any client: a batch is one EVALSHA, in a Cluster one for each slot. */
export function scriptStore(connection: Connection, options: ScriptStoreOptions): Store {
  const { clock, merge = true } = options
  const prefix = expectName('`prefix`', options.prefix === undefined ? 'sluice' : options.prefix)
  expectClock(clock)
  if (typeof merge !== 'boolean') throw new TypeError(`Expected \`merge\` to be true or false, got ${shown(merge)}`)

  return {
    bind({ name, policies }) {
      const bound = Object.entries(policies)
      const values = bound.map(([, policy]) => policy)
      const scripts = assemble(values, clock === undefined ? 'server' : 'injected')
      const parameters = values.flatMap((policy) => policy.parameters.map(String))

      const keysOf = (key: string): string[] =>
        bound.map(([policyName, { format }]) => storedKey(prefix, key, name, policyName, format))

      const decide: Decide = async (asks) => {
        const time = clock === undefined ? [] : [String(readClock(clock)), String(injectedClockGraceMs)]
        const lone = asks.length === 1 ? loneConsume(asks[0] as Ask, keysOf) : undefined
        const { keys, args } = lone ?? spell(asks, keysOf)
        const script = lone === undefined ? scripts.batch : scripts.lone
        const reply = await run(connection, script, keys, [...time, ...parameters, ...args])
        return read(reply, asks, values, keysOf)
      }
      const open = (): Decide => (merge ? merging(inBatches(decide)) : inBatches(decide))
      const slotOf = ({ key }: Ask): number => calculateSlot(keysOf(key)[0] as string)
      return { apply: connection.cluster ? inLanes(slotOf, open) : open() }
    },
  }
}

interface Spelled {
  readonly keys: string[]
  readonly args: string[]
}

/** One consume as the script for it takes it; `undefined` when that script cannot take it. */
function loneConsume({ key, mode, deadline, costs }: Ask, keysOf: (key: string) => string[]): Spelled | undefined {
  return mode === 'consume' && deadline === undefined ? { keys: keysOf(key), args: costs.map(String) } : undefined
}

/** The asks as the script for a batch takes them: each key is named once, and each ask says which is its own. */
function spell(asks: readonly Ask[], keysOf: (key: string) => string[]): Spelled {
  const subjects = new Map<string, number>()
  const keys: string[] = []
  const args: string[] = []
  for (const { key, mode, deadline = noDeadline, costs } of asks) {
    let subject = subjects.get(key)
    if (subject === undefined) {
      subject = subjects.size
      subjects.set(key, subject)
      keys.push(...keysOf(key))
    }
    args.push(String(subject), modes[mode], String(deadline), ...costs.map(String))
  }
  return { keys, args }
}

/** EVALSHA, and EVAL where the server does not know the script (yet, or any more). Nothing about it is remembered. */
async function run(
  { evalsha, eval: evalSource }: Connection,
  script: Script,
  keys: string[],
  args: string[],
): Promise<unknown> {
  try {
    return await evalsha(script.sha, keys, args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return evalSource(script.source, keys, args)
  }
}

function read(
  reply: unknown,
  asks: readonly Ask[],
  policies: readonly Policy[],
  keysOf: (key: string) => string[],
): (Answer | Error)[] {
  if (!Array.isArray(reply)) throw new TypeError(`Expected the script to return an array, got ${typeof reply}`)
  const numbers = reply.map(Number)
  const now = numbers[0] as number
  return asks.map(({ key, deadline }, i) => {
    const views: View[] = []
    for (const [j, { format }] of policies.entries()) {
      const from = 1 + stepWidth * (i * policies.length + j)
      const [status, used, mark, wait] = numbers.slice(from, from + stepWidth) as [number, number, number, number]
      if (status === 2) return new DeadlineError(deadline ?? noDeadline, now)
      if (status === 1) return new StoredStateError(keysOf(key)[j] as string, format)
      views.push({ used, mark, wait })
    }
    return { now, views }
  })
}
