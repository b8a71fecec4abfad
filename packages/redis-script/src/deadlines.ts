import { afterInput, keepAlive, monotonicNow, type Timer } from './timers.ts'

/** Something that must be over by a date, in ms on the monotonic clock of this process. */
export interface Due {
  readonly due: number
  /** Its neighbours while it waits: they belong to `Deadlines`. */
  before: Due | undefined
  after: Due | undefined
}

/** Expires what is not over by its date, with one timer however much is waiting. */
export interface Deadlines<Item extends Due> {
  /** It is due no earlier than what was added before it. */
  add(item: Item): void
  /** It is over. */
  remove(item: Item): void
}

const heldUpMs = 10

/** To be called by a timer: when that is late, the process itself was held up, and what came in meanwhile is read first. */
export function afterReading(due: number, act: () => void): void {
  if (monotonicNow() - due > heldUpMs) afterInput(act)
  else act()
}

/** Deadlines in the order of their dates. While nothing waits, the timer does not keep the process alive. */
export function deadlines<Item extends Due>(expire: (item: Item) => void): Deadlines<Item> {
  let first: Item | undefined
  let last: Item | undefined
  let timer: Timer | undefined

  const unlink = (item: Item): void => {
    if (item.before === undefined) first = item.after as Item | undefined
    else item.before.after = item.after
    if (item.after === undefined) last = item.before as Item | undefined
    else item.after.before = item.before
    item.before = undefined
    item.after = undefined
  }

  const wakeAt = (due: number): void => {
    timer = setTimeout(wake, Math.max(1, Math.ceil(due - monotonicNow())), due)
  }

  const wake = (due: number): void => {
    // The timer says that the date has come, also where `performance` is behind, or stands still.
    const now = Math.max(monotonicNow(), due)
    afterReading(due, () => expireAll(now))
  }

  const expireAll = (now: number): void => {
    try {
      while (first !== undefined && first.due <= now) {
        const item = first
        unlink(item)
        expire(item)
      }
    } finally {
      // Only now: what is added meanwhile comes after all that waits.
      timer = undefined
      if (first !== undefined) wakeAt(first.due)
    }
  }

  return {
    add(item) {
      item.before = last
      if (last === undefined) first = item
      else last.after = item
      last = item
      if (timer === undefined) wakeAt(item.due)
      else if (item.before === undefined) keepAlive(timer, 'keeps')
    },
    remove(item) {
      if (item !== first && item.before === undefined) return
      unlink(item)
      if (first === undefined) keepAlive(timer, 'lets go')
    },
  }
}
