import {
  type Answer,
  type Ask,
  DeadlineError,
  injectedClockGraceMs,
  type Mode,
  type Policy,
  StoredStateError,
  type View,
} from '@sluice/core'
import { assemble, type ClockKind, type Script } from './script.ts'

/** One call of a script. */
export interface Command {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** What came back: the server's instant, and an outcome for each ask. */
export interface Reply {
  readonly now: number
  readonly outcomes: readonly (Answer | Error)[]
}

/** How asks travel to Redis and answers come back: the one place that knows what the scripts are given and return. */
export interface Wire {
  /**
   * The call that decides the asks, in order. Each is void after its deadline, a date on the
   * server's clock. An injected clock says `now`.
   */
  spell(asks: readonly Ask[], deadlines: readonly number[], now?: number): Command
  /** The call that decides nothing and reads the clock of the server that holds a key. */
  sounding(key: string): Command
  read(reply: unknown, asks: readonly Ask[]): Reply
}

/** Later than any date a clock may say. */
export const noDeadline: number = Number.MAX_SAFE_INTEGER

const modes: Readonly<Record<Mode, string>> = { consume: '0', peek: '1', refund: '2', reset: '3' }
const stepWidth = 4

/** The wire of one limiter; `keysOf` names the stored keys of a key, one for each policy. */
export function wire(policies: readonly Policy[], clock: ClockKind, keysOf: (key: string) => readonly string[]): Wire {
  const scripts = assemble(policies, clock)
  const parameters = policies.flatMap((policy) => policy.parameters.map(String))
  const grace = String(injectedClockGraceMs)

  return {
    spell(asks, deadlines, now) {
      const given = now === undefined ? parameters : [String(now), grace, ...parameters]
      const [only] = asks
      if (asks.length === 1 && only?.mode === 'consume') {
        const args = [...given, String(deadlines[0]), ...only.costs.map(String)]
        return { script: scripts.lone, keys: keysOf(only.key), args }
      }

      // Each key is named once, and each ask says which is its own.
      const subjects = new Map<string, number>()
      const keys: string[] = []
      const args = [...given]
      for (const [i, { key, mode, costs }] of asks.entries()) {
        let subject = subjects.get(key)
        if (subject === undefined) {
          subject = subjects.size
          subjects.set(key, subject)
          keys.push(...keysOf(key))
        }
        args.push(String(subject), modes[mode], String(deadlines[i]), ...costs.map(String))
      }
      return { script: scripts.batch, keys, args }
    },

    sounding: (key) => ({ script: scripts.batch, keys: keysOf(key), args: parameters }),

    read(reply, asks) {
      if (!Array.isArray(reply)) throw new TypeError(`Expected the script to return an array, got ${typeof reply}`)
      const numbers = reply.map(Number)
      const now = numbers[0] as number
      const outcomes = asks.map(({ key }, i) => {
        const views: View[] = []
        for (const [j, { format }] of policies.entries()) {
          const from = 1 + stepWidth * (i * policies.length + j)
          const [status, used, mark, wait] = numbers.slice(from, from + stepWidth) as [number, number, number, number]
          if (status === 2) return new DeadlineError()
          if (status === 1) return new StoredStateError(keysOf(key)[j] as string, format)
          views.push({ used, mark, wait })
        }
        return { now, views }
      })
      return { now, outcomes }
    },
  }
}
