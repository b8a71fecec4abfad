import { randomUUID } from 'node:crypto'
import type { Ask, Policy } from '@sluice/core'
import { assemble, type Script } from '../script/assemble.ts'
import type { ClockKind } from '../script/clock-lua.ts'
import { type Reply, readReply } from './read-reply.ts'
import { shadowOf, spellBatch } from './spell-batch.ts'
import { spellDate, spellNumber } from './spell-number.ts'
import { requestSpelling, spellMost } from './spell-request.ts'

/** One call of a script. */
export interface Command {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** How requests travel to Redis and answers come back: what the scripts are given and return. */
export interface Wire {
  /**
   * The call that decides the requests, in order. Each is void after its deadline, a date on the server's clock, and before it
   * was made. An injected clock says `now`.
   */
  spell(requests: readonly Ask[], deadlines: readonly number[], now?: number): Command
  /** The same, by the script for any number of requests: those of one script are decided in the order in which it is sent. */
  spellBatch(requests: readonly Ask[], deadlines: readonly number[], now?: number): Command
  /** The call that decides nothing and reads the clock of the server that holds a key. */
  sounding(key: Ask['key']): Command
  read(reply: unknown, requests: readonly Ask[]): Reply
}

/** Later than any date a clock may say. */
export const noDeadline: number = Number.MAX_SAFE_INTEGER

export interface WireOptions {
  readonly policies: readonly Policy[]
  readonly clock: ClockKind
  /** How long before its deadline a request is made, in ms; `Infinity` without a deadline. */
  readonly deadline: number
  /** The stored keys of a key, one for each policy. */
  keysOf(key: Ask['key']): readonly string[]
}

/** The wire of one limiter. */
export function wire({ policies, clock, deadline: patience, keysOf }: WireOptions): Wire {
  const scripts = assemble(policies, clock)
  const given = policies.flatMap(({ ceiling, parameters }) => [ceiling, ...parameters]).map(spellNumber)
  const head = given.join('') + spellDate(Math.ceil(patience))
  const spelling = { spellRequest: requestSpelling(policies), most: spellMost(policies), keysOf }
  const nextRefundId = refundIds()

  const spellAny: Wire['spellBatch'] = (requests, deadlines, now) => {
    const { keys, text, hasRefunds } = spellBatch(requests, deadlines, spelling)
    const args = argsOf(head + text, now)
    return { script: scripts.batch, keys, args: hasRefunds ? [...args, nextRefundId()] : args }
  }

  return {
    spell(requests, deadlines, now) {
      const [only] = requests
      if (requests.length !== 1 || only?.mode !== 'consume' || shadowOf(only) !== undefined) {
        return spellAny(requests, deadlines, now)
      }
      const text = head + spelling.spellRequest(deadlines[0] as number, only.costs)
      return { script: scripts.lone, keys: keysOf(only.key), args: argsOf(text, now) }
    },
    spellBatch: spellAny,
    sounding: (key) => ({ script: scripts.batch, keys: keysOf(key), args: argsOf(head, undefined) }),
    read: (reply, requests) => readReply(reply, requests, { policies, keysOf }),
  }
}

/** Ids for scripts with refunds: no other script has the same, in any process. */
function refundIds(): () => string {
  const ownId = randomUUID()
  let refunds = 0
  return () => {
    refunds += 1
    return `${ownId}-${refunds}`
  }
}

function argsOf(text: string, now: number | undefined): string[] {
  return now === undefined ? [text] : [text, String(Math.floor(now / 1000)), String((now % 1000) * 1000)]
}
