import { type Ask, type Clock, expectClock, expectName, readClock, type Store, shown } from '@sluice/core'
import calculateSlot from 'cluster-key-slot'
import { type Decide, inBatches, inLanes, merging } from './merging.ts'
import { storedKey } from './stored-key.ts'
import { type Command, noDeadline, wire } from './wire.ts'

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

/** A store that decides in Redis, by scripts, over any client: a batch is one EVALSHA, in a Cluster one for each slot. */
export function scriptStore(connection: Connection, options: ScriptStoreOptions): Store {
  const { clock, merge = true } = options
  const prefix = expectName('`prefix`', options.prefix === undefined ? 'sluice' : options.prefix)
  expectClock(clock)
  if (typeof merge !== 'boolean') throw new TypeError(`Expected \`merge\` to be true or false, got ${shown(merge)}`)

  return {
    bind({ name, policies }) {
      const bound = Object.entries(policies)
      const keysOf = (key: string): string[] =>
        bound.map(([policyName, { format }]) => storedKey(prefix, key, name, policyName, format))
      const { spell, read } = wire(
        bound.map(([, policy]) => policy),
        clock === undefined ? 'server' : 'injected',
        keysOf,
      )

      const decide: Decide = async (asks) => {
        const deadlines = asks.map(({ deadline = noDeadline }) => deadline)
        const command = spell(asks, deadlines, clock === undefined ? undefined : readClock(clock))
        return read(await run(connection, command), asks, deadlines).outcomes
      }
      const open = (): Decide => (merge ? merging(inBatches(decide)) : inBatches(decide))
      const slotOf = ({ key }: Ask): number => calculateSlot(keysOf(key)[0] as string)
      return { apply: connection.cluster ? inLanes(slotOf, open) : open() }
    },
  }
}

/** EVALSHA, and EVAL where the server does not know the script (yet, or any more). Nothing about it is remembered. */
async function run({ evalsha, eval: evalSource }: Connection, { script, keys, args }: Command): Promise<unknown> {
  try {
    return await evalsha(script.sha, keys, args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return evalSource(script.source, keys, args)
  }
}
