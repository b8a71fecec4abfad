import type { Clock, Store } from '@sluice/core'
import { expectClock, expectName, expectPositiveInteger, shown } from '@sluice/core/internal'
import type { Connection } from './connection.ts'
import { errorAnswers } from './server/error-answer.ts'
import { type Server, server } from './server/server.ts'
import { session } from './session.ts'

export interface ScriptStoreOptions {
  /** What every stored key starts with. Default `'sluice'`. */
  readonly prefix?: string | undefined
  /** Default: the clock of the Redis server. With a clock of your own, keys are kept a day longer. */
  readonly clock?: Clock | undefined
  /** Whether decisions asked for while others are in flight share the next script. Default `true`. */
  readonly merge?: boolean | undefined
  /**
   * How many decisions of one limiter may be pending at once, those among them whose callers left by their signal while their
   * command is under way; one more is not sent. Default 10,000.
   */
  readonly maxPending?: number | undefined
}

/**
 * A store that decides in Redis, by scripts, over any client: a batch is one EVALSHA, in a Cluster one for each slot. It
 * settles by the deadline whatever the client does; with an injected clock, which may stand still, it knows no deadline.
 */
export function scriptStore(connection: Connection, options: ScriptStoreOptions): Store {
  const { clock, merge = true } = options
  const prefix = expectName('`prefix`', options.prefix === undefined ? 'sluice' : options.prefix)
  const maxPending = expectPositiveInteger('maxPending', options.maxPending === undefined ? 10_000 : options.maxPending)
  expectClock(clock)
  if (typeof merge !== 'boolean') throw new TypeError(`Expected \`merge\` to be true or false, got ${shown(merge)}`)

  const shared = {
    connection,
    prefix,
    clock,
    merge,
    maxPending,
    answerTo: errorAnswers(connection.errorAnswer),
    serverAt: servers(connection),
    isBySlot: connection.cluster !== undefined,
  }
  return { bind: (limiter) => session(shared, limiter) }
}

/** Which server decides the requests of a slot; without a Cluster it is always the same. */
function servers({ cluster }: Connection): (slot: number) => Server {
  const byName = new Map<string, Server>()
  return (slot) => {
    const name = cluster?.serverOf(slot) ?? ''
    const known = byName.get(name) ?? server()
    byName.set(name, known)
    return known
  }
}
