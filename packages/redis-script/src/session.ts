import {
  type Ask,
  type Binding,
  type Clock,
  type Gate,
  OverloadError,
  type Signal,
  type StoreLevel,
} from '@sluice/core'
import { monotonicNow, readClock, reportLevels } from '@sluice/core/internal'
import type { Connection } from './connection.ts'
import { type Caller, type Callers, callers, type Load, type Outcomes } from './flight/caller.ts'
import { flight } from './flight/flight.ts'
import { join, type Part, partition } from './flight/partition.ts'
import { enqueue, queues, type Send, sendAtOnce } from './flight/queue.ts'
import { runScript } from './flight/run-script.ts'
import { type Weigh, weighing } from './flight/weigh.ts'
import type { ErrorAnswers } from './server/error-answer.ts'
import { type Links, links, stateOf } from './server/link.ts'
import type { Server } from './server/server.ts'
import { type StoredKeys, storedKeys } from './stored-key.ts'
import { wire } from './wire/wire.ts'

/** What all limiters of a store share. */
export interface Shared {
  readonly connection: Connection
  readonly prefix: string
  readonly clock: Clock | undefined
  readonly merge: boolean
  readonly maxPending: number
  readonly answerTo: ErrorAnswers
  /** The server that decides the requests of a slot. */
  serverAt(slot: number): Server
  /** Whether keys of several slots cannot share a script, as far as the client shows it, or once the server has said so. */
  isBySlot: boolean
}

/** A limiter bound to a store. */
interface Session {
  readonly shared: Shared
  readonly limiter: string
  readonly links: Links
  readonly keys: StoredKeys
  readonly weigh: Weigh
  readonly callers: Callers
  /** Sends a caller when its turn comes. */
  push(caller: Caller): void
  /** Sends a caller now. */
  pushAtOnce(caller: Caller): void
  /** How many requests wait to be sent, or may still be with the client. */
  pending: number
}

/** Binds a limiter to a store. */
export function session(shared: Shared, limiter: Binding): Gate {
  const own = open(shared, limiter)
  reportLevels(own, levelsOf)
  return { apply: (requests, signal) => apply(own, requests, signal) }
}

function open(shared: Shared, { name, slot = 'key', policies, deadline, onHealth }: Binding): Session {
  const { connection, prefix, clock, answerTo, serverAt } = shared
  const list = Object.values(policies)
  const keys = storedKeys({ prefix, name, slot, policies })
  const patience = (clock === undefined ? deadline : undefined) ?? Number.POSITIVE_INFINITY
  const clockKind = clock === undefined ? 'server' : 'injected'
  const settled = ({ requests }: Caller): void => {
    own.pending -= requests.length
  }
  const waiting = callers({ deadline: patience, unsent: settled })
  const toServers = links(serverAt)
  const send = flight({
    limiter: name,
    wire: wire({ policies: list, clock: clockKind, deadline: patience, keysOf: keys.of }),
    end: waiting.end,
    landed: settled,
    run: (command) => runScript(connection, command, answerTo),
    answerTo,
    linkAt: toServers.at,
    bySlot: (requests) => partBySlot(own, requests),
    injectedNow: () => (clock === undefined ? undefined : readClock(clock)),
    onHealth,
  })
  const own: Session = {
    shared,
    limiter: name,
    links: toServers,
    keys,
    weigh: weighing(list),
    callers: waiting,
    ...ways(shared, send),
    pending: 0,
  }
  return own
}

function* levelsOf({ limiter, links, pending }: Session): Iterable<StoreLevel> {
  const now = monotonicNow()
  const known = [...links.known()]
  const scripts = known.reduce((sum, { unanswered }) => sum + unanswered, 0)
  yield { type: 'server', limiter, pending, scripts, breakers: known.map((link) => stateOf(link, now)) }
}

/** How callers get to be sent: without merging, each by a script of its own, at once. */
function ways({ merge }: Shared, send: Send): Pick<Session, 'push' | 'pushAtOnce'> {
  if (!merge) {
    const push = (caller: Caller): void => send([caller], () => {})
    return { push, pushAtOnce: push }
  }
  const queueAt = queues(send)
  return {
    push: (caller) => enqueue(queueAt(caller.slot), caller),
    pushAtOnce: (caller) => sendAtOnce(queueAt(caller.slot), caller),
  }
}

function apply(session: Session, requests: readonly Ask[], signal: Signal | undefined): Promise<Outcomes> {
  const { push, pushAtOnce, weigh } = session
  const [first] = requests
  if (first !== undefined && requests.length === 1) {
    return decide(session, { slot: slotOf(session, first), requests, work: weigh(first) }, signal, push)
  }
  const parts = partition(requests, (request) => slotOf(session, request), weigh)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return decide(session, only, signal, push)
  // One round trip, however many: none waits for the replies to the others.
  return join(parts, (part) => decide(session, part, signal, pushAtOnce))
}

function decide(
  session: Session,
  load: Load,
  signal: Signal | undefined,
  send: (caller: Caller) => void,
): Promise<Outcomes> {
  const { maxPending } = session.shared
  const count = load.requests.length
  if (session.pending + count > maxPending) return Promise.reject(new OverloadError(maxPending))
  session.pending += count
  return session.callers.begin(load, signal, send)
}

function slotOf({ shared, keys }: Session, { key }: Ask): number {
  return shared.isBySlot ? keys.slotOf(key) : 0
}

function partBySlot({ shared, keys, weigh }: Session, requests: readonly Ask[]): readonly Part[] {
  const parts = partition(requests, ({ key }) => keys.slotOf(key), weigh)
  // Requests of one slot were refused for another reason.
  if (parts.length > 1) shared.isBySlot = true
  return parts
}
