import {
  type Ask,
  type Clock,
  expectClock,
  expectName,
  expectPositiveInteger,
  OverloadError,
  readClock,
  type Signal,
  type Store,
  shown,
  warnOnce,
} from '@sluice/core'
import calculateSlot from 'cluster-key-slot'
import { callers, type Outcomes } from './caller.ts'
import { dispatch } from './dispatch.ts'
import { errorAnswer } from './error-answer.ts'
import { type Lane, loneLane, mergingLane } from './lane.ts'
import { join, type Part, partition } from './partition.ts'
import { type Server, server } from './server.ts'
import { storedKeys } from './stored-key.ts'
import { pause } from './timers.ts'
import { weighing } from './weigh.ts'
import { type Command, wire } from './wire/wire.ts'

/** All that a Redis client must be able to do. Each call sends one command and settles with its reply. */
export interface Connection {
  evalsha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  eval(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Present for a Cluster, where only what shares a slot can share a script. */
  readonly cluster?:
    | {
        /** Which node holds a slot now, in words of the client's own; `undefined` while it does not know. */
        serverOf(slot: number): string | undefined
      }
    | undefined
}

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

  const servers = new Map<string, Server>()
  const serverNamed = (name: string): Server => {
    const known = servers.get(name) ?? server()
    servers.set(name, known)
    return known
  }
  // Where keys of several slots cannot share a script, for all that a client shows or once the server has said so.
  let isBySlot = connection.cluster !== undefined

  return {
    bind({ name, policies, deadline, onHealth }) {
      const bound = Object.entries(policies)
      const formats = bound.map(([policyName, { format }]) => [policyName, format] as const)
      const keysOf = (key: string): string[] => storedKeys(prefix, key, name, formats)
      const slotOf = ({ key }: Ask): number => calculateSlot(keysOf(key)[0] as string)
      const laneOf = (ask: Ask): number => (isBySlot ? slotOf(ask) : 0)

      const weigh = weighing(bound.map(([, policy]) => policy))
      const patience = clock === undefined ? (deadline ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
      let pending = 0
      const waiting = callers(patience, (one) => {
        pending -= one.asks.length
      })
      const send = dispatch({
        wire: wire({
          policies: bound.map(([, policy]) => policy),
          clock: clock === undefined ? 'server' : 'injected',
          deadline: patience,
          keysOf,
        }),
        callers: waiting,
        run: (command) => run(connection, command),
        serverOf: (ask) => serverNamed(connection.cluster?.serverOf(slotOf(ask)) ?? ''),
        bySlot: (asks) => {
          const parts = partition(asks, slotOf, weigh)
          // Of one slot they were refused for another reason.
          if (parts.length > 1) isBySlot = true
          return parts
        },
        injectedNow: () => (clock === undefined ? undefined : readClock(clock)),
        onHealth,
      })
      // Of slots that something is under way in: a limiter may come across thousands.
      const lanes = new Map<number, Lane>()
      const lone = loneLane(send)
      const laneAt = (slot: number): Lane => {
        if (!merge) return lone
        const lane = lanes.get(slot) ?? mergingLane({ send, weigh, empty: () => lanes.delete(slot) })
        lanes.set(slot, lane)
        return lane
      }
      const decide = (
        { slot, asks }: Pick<Part, 'slot'> & { readonly asks: readonly Ask[] },
        signal: Signal | undefined,
        how: keyof Lane,
      ): Promise<Outcomes> => {
        if (pending + asks.length > maxPending) return Promise.reject(new OverloadError(maxPending))
        pending += asks.length
        return waiting.wait(asks, signal, laneAt(slot)[how])
      }

      return {
        apply(asks, signal) {
          const [first] = asks
          if (first !== undefined && asks.length === 1) return decide({ slot: laneOf(first), asks }, signal, 'push')
          const parts = partition(asks, laneOf, weigh)
          const [only] = parts
          if (only !== undefined && parts.length === 1) return decide(only, signal, 'push')
          // One round trip, however many: none waits for the replies to the others.
          return join(parts, (part) => decide(part, signal, 'pushAtOnce'))
        },
      }
    },
  }
}

/** EVALSHA, and once more where nothing was executed; what a server knows of scripts is not remembered. */
function run(connection: Connection, command: Command): Promise<unknown> {
  const { script, keys, args } = command
  return connection
    .evalsha(script.sha, keys, args)
    .catch((why: unknown) => runAgain(connection, command, why, mostTries))
}

/**
 * By EVAL, where the server does not know the script (yet, or any more), and while the keys of a slot are on the way from one
 * server to another.
 */
async function runAgain(connection: Connection, command: Command, why: unknown, tries: number): Promise<unknown> {
  const { again, advice } = errorAnswer(why)
  if (advice !== undefined) warnOnce(connection, advice.code, `${advice.text}.`)
  if (again === 'after a pause' && tries > 0) await pause(retryMs)
  else if (again !== 'with source' || tries === 0) throw why
  const { script, keys, args } = command
  return connection.eval(script.source, keys, args).catch((error) => runAgain(connection, command, error, tries - 1))
}

const mostTries = 20
const retryMs = 25
