import { randomUUID } from 'node:crypto'
import {
  type Answer,
  type Ask,
  DeadlineError,
  type Mode,
  type Policy,
  StoredStateError,
  shown,
  type View,
} from '@sluice/core'
import { assemble, type ClockKind, type Script } from './script.ts'
import { receiptsKey } from './stored-key.ts'

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
   * The call that decides the asks, in order. Each is void after its deadline, a date on the server's clock, and before it was
   * made. An injected clock says `now`.
   */
  spell(asks: readonly Ask[], deadlines: readonly number[], now?: number): Command
  /** The same, by the script for any number of asks: what travels by one script is decided in the order in which it is sent. */
  spellBatch(asks: readonly Ask[], deadlines: readonly number[], now?: number): Command
  /** The call that decides nothing and reads the clock of the server that holds a key. */
  sounding(key: string): Command
  read(reply: unknown, asks: readonly Ask[]): Reply
}

/** Later than any date a clock may say. */
export const noDeadline: number = Number.MAX_SAFE_INTEGER

const modes: Readonly<Record<Mode, string>> = { consume: '\x00', peek: '\x01', refund: '\x02', reset: '\x03' }

/** In place of a mode: that and all of a run's numbers are as those of the run before. */
const asBefore = '\x04'

/** How often more a run may say that it is asked: what one byte of text can hold. */
const mostAgain = 127

export interface WireOptions {
  readonly policies: readonly Policy[]
  readonly clock: ClockKind
  /** How long before its deadline a request is made, in ms; `Infinity` without a deadline. */
  readonly deadline: number
  /** The stored keys of a key, one for each policy. */
  keysOf(key: string): readonly string[]
}

/** The wire of one limiter. */
export function wire({ policies, clock, deadline: patience, keysOf }: WireOptions): Wire {
  const scripts = assemble(policies, clock)
  const head = [...policies.flatMap(({ ceiling, parameters }) => [ceiling, ...parameters]), Math.ceil(patience)]
  const given = head.map((number) => spellNumber(Math.min(number, noDeadline))).join('')
  const width = policies.length

  // Of all scripts with refunds that ever were sent, in any process.
  const ownId = randomUUID()
  let refunds = 0
  const nextRefundId = (): string => {
    refunds += 1
    return `${ownId}-${refunds}`
  }

  const argsOf = (text: string, now: number | undefined): string[] =>
    now === undefined ? [text] : [text, String(Math.floor(now / 1000)), String((now % 1000) * 1000)]

  // What goes out together mostly has one deadline, and small costs.
  let deadlineKnown = noDeadline
  let deadlineSpelled = spellNumber(noDeadline)
  const spellDeadline = (deadline: number): string => {
    if (deadline !== deadlineKnown) {
      deadlineKnown = deadline
      deadlineSpelled = spellNumber(Math.min(Math.max(deadline, 0), noDeadline))
    }
    return deadlineSpelled
  }
  const charges = policies.map((policy) => {
    const small = Array.from({ length: 16 }, (_, cost) => spellNumber(chargeOf(policy, cost)))
    return (cost: number): string => small[cost] ?? spellNumber(chargeOf(policy, cost))
  })
  const spellTail = (deadline: number, costs: readonly number[]): string => {
    let text = spellDeadline(deadline)
    for (let i = 0; i < width; i += 1) text += charges[i]?.(costs[i] as number)
    return text
  }

  const failure = (fault: number, key: string): Error => {
    if (fault === tooLate) return new DeadlineError()
    const i = firstForeign - fault
    return new StoredStateError(keysOf(key)[i] as string, (policies[i] as Policy).format)
  }

  /** The views that stand at a place of a reply; in brief: without the waits, which are 0. */
  const viewsAt = (numbers: readonly number[], from: number, now: number, isBrief = false): View[] => {
    const views: View[] = []
    let waits = from + 2 * width
    for (let i = 0; i < width; i += 1) {
      const place = from + 2 * i
      let wait = 0
      if (!isBrief && policies[i]?.wait !== undefined) {
        wait = numbers[waits] as number
        waits += 1
      }
      views.push({ used: numbers[place] as number, mark: now + (numbers[place + 1] as number), wait })
    }
    return views
  }
  /** After one more of a run was charged; `undefined` when it was refused, or only looked. */
  const chargedViews = (views: readonly View[], { mode, costs }: Ask, now: number): View[] | undefined => {
    if (mode !== 'consume') return undefined
    const next: View[] = []
    for (let i = 0; i < width; i += 1) {
      const policy = policies[i] as Policy
      const { used, mark, wait } = views[i] as View
      const charge = chargeOf(policy, costs[i] as number)
      if (charge > 0 && charge > policy.ceiling - used) return undefined
      next.push({ used: used + charge, mark: charge > 0 ? Math.max(mark, now) : mark, wait })
    }
    return next
  }
  const viewsLength = 2 * width + policies.filter(({ wait }) => wait !== undefined).length

  const spellBatch: Wire['spellBatch'] = (asks, deadlines, now) => {
    const keys: string[] = []
    let text = given
    let before: number | undefined
    let hasRefunds = false
    for (const [key, places] of bySubject(asks)) {
      const own = keysOf(key)
      for (const stored of own) keys.push(stored)
      let givesBack = false
      for (let from = 0; from < places.length; ) {
        const place = places[from] as number
        const first = asks[place] as Ask
        let to = from + 1
        while (to < places.length && to - from <= mostAgain) {
          const next = places[to] as number
          if (deadlines[next] !== deadlines[place] || !areEqual(asks[next] as Ask, first)) break
          to += 1
        }
        const isAsBefore =
          before !== undefined && deadlines[before] === deadlines[place] && areEqual(asks[before] as Ask, first)
        text += isAsBefore ? asBefore : modes[first.mode]
        text += String.fromCharCode(to - from - 1, to < places.length ? 1 : 0)
        if (!isAsBefore) text += spellTail(deadlines[place] as number, first.costs)
        before = place
        if (first.mode === 'refund') givesBack = true
        from = to
      }
      if (!givesBack) continue
      keys.push(receiptsKey(own[0] as string))
      hasRefunds = true
    }
    const args = argsOf(text, now)
    if (hasRefunds) args.push(nextRefundId())
    return { script: scripts.batch, keys, args }
  }

  return {
    spell(asks, deadlines, now) {
      const [only] = asks
      if (asks.length !== 1 || only?.mode !== 'consume') return spellBatch(asks, deadlines, now)
      const text = given + spellTail(deadlines[0] as number, only.costs)
      return { script: scripts.lone, keys: keysOf(only.key), args: argsOf(text, now) }
    },
    spellBatch,

    sounding: (key) => ({ script: scripts.batch, keys: keysOf(key), args: argsOf(given, undefined) }),

    read(reply, asks) {
      if (typeof reply === 'string') {
        const numbers = expectNumbers(numbersIn(reply), reply)
        const now = instantOf(numbers)
        const fault = numbers[2] as number
        expectReply(numbers.length === (fault < 0 ? 3 : 2 + viewsLength), reply)
        const { key } = asks[0] as Ask
        return { now, outcomes: [fault < 0 ? failure(fault, key) : { now, views: viewsAt(numbers, 2, now) }] }
      }

      expectReply(Array.isArray(reply), reply)
      const numbers = expectNumbers(reply as readonly unknown[], reply)
      const now = instantOf(numbers)
      const outcomes: (Answer | Error)[] = new Array(asks.length)
      let from = 2
      for (const [key, places] of bySubject(asks)) {
        for (let done = 0; done < places.length; ) {
          const first = numbers[from] as number
          const isBrief = first >= 0
          if (!isBrief) from += 1
          const end = isBrief ? done + 1 : done - first
          expectReply(end > done && end <= places.length, reply)
          const fault = numbers[from] as number
          let views = fault < 0 ? [] : viewsAt(numbers, from, now, isBrief)
          from += fault < 0 ? 1 : isBrief ? 2 * width : viewsLength
          expectReply(from <= numbers.length, reply)
          const isRun = end > done + 1
          for (; done < end; done += 1) {
            const place = places[done] as number
            const charged = isRun && fault >= 0 ? chargedViews(views, asks[place] as Ask, now) : undefined
            if (fault < 0) outcomes[place] = failure(fault, key)
            else outcomes[place] = { now, views: charged === undefined ? views : views.map(withoutWait) }
            views = charged ?? views
          }
        }
      }
      expectReply(from === numbers.length, reply)
      return { now, outcomes }
    },
  }
}

/** What is told in place of views: too late, or foreign data under the first key, the second … */
const tooLate = -1
const firstForeign = -2

/** Whole numbers, or text that says them. A client in a transaction, say, answers something else. */
function expectNumbers(parts: readonly unknown[], reply: unknown): number[] {
  const numbers = parts.map(Number)
  expectReply(numbers.length >= 2 && numbers.every(Number.isSafeInteger), reply)
  return numbers
}

function expectReply(isAsExpected: boolean, reply: unknown): void {
  if (isAsExpected) return
  throw new TypeError(`Expected the script to reply with the numbers of its asks, got ${shown(reply)}`)
}

/** What a text says between its spaces; `NaN` what is no whole number. Takes a third of the time of `split` and `Number`. */
function numbersIn(text: string): number[] {
  const numbers: number[] = []
  let number = Number.NaN
  let isBelow0 = false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === space) {
      numbers.push(isBelow0 ? -number : number)
      number = Number.NaN
      isBelow0 = false
    } else if (code === minus && Number.isNaN(number)) {
      isBelow0 = true
    } else {
      const digit = code - zero
      if (digit < 0 || digit > 9) return []
      number = (Number.isNaN(number) ? 0 : number * 10) + digit
    }
  }
  numbers.push(isBelow0 ? -number : number)
  return numbers
}

const [space, minus, zero] = [32, 45, 48]

/** What a cost adds to what is used. Past 2^53 it may be any number that fits under no ceiling. */
function chargeOf({ unit }: Policy, cost: number): number {
  return Math.min(cost * unit, 2 ** 53)
}

/** The instant of a reply, which begins as that of TIME does: seconds, microseconds. */
function instantOf(numbers: readonly number[]): number {
  return (numbers[0] as number) * 1000 + Math.floor((numbers[1] as number) / 1000)
}

function withoutWait({ used, mark }: View): View {
  return { used, mark, wait: 0 }
}

/** The places of each key's asks: keys are independent, so each is decided by itself, and its asks in order. */
function bySubject(asks: readonly Ask[]): Map<string, number[]> {
  const subjects = new Map<string, number[]>()
  for (let i = 0; i < asks.length; i += 1) {
    const { key } = asks[i] as Ask
    const places = subjects.get(key)
    if (places === undefined) subjects.set(key, [i])
    else places.push(i)
  }
  return subjects
}

/** Whether two asks can be told as one that is asked again. */
function areEqual(a: Ask, b: Ask): boolean {
  if (a.mode !== b.mode || (a.mode !== 'consume' && a.mode !== 'peek')) return false
  return a.costs === b.costs || a.costs.every((cost, i) => cost === b.costs[i])
}

/**
 * A whole number from 0 to 2^53 as text that no encoding changes and `struct` reads fast: each of its seven bytes halved, and
 * then the rests, the lowest first. Every byte stays below 128.
 */
function spellNumber(number: number): string {
  const low = number >>> 0
  const high = Math.floor(number / 2 ** 32)
  return String.fromCharCode(
    (low >>> 1) & 127,
    (low >>> 9) & 127,
    (low >>> 17) & 127,
    low >>> 25,
    (high >>> 1) & 127,
    (high >>> 9) & 127,
    high >>> 17,
    low & 1,
    (low >>> 8) & 1,
    (low >>> 16) & 1,
    (low >>> 24) & 1,
    high & 1,
    (high >>> 8) & 1,
    (high >>> 16) & 1,
  )
}
