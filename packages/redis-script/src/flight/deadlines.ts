import { monotonicNow } from '@sluice/core/internal'
import { afterInput, keepAlive, type Timer } from '../timers.ts'

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

/** What waits, first to last by date, and the timer that waits for the first. */
interface List<Item extends Due> {
  first: Item | undefined
  last: Item | undefined
  timer: Timer | undefined
  readonly expire: (item: Item) => void
}

/** Deadlines in the order of their dates. While nothing waits, the timer does not keep the process alive. */
export function deadlines<Item extends Due>(expire: (item: Item) => void): Deadlines<Item> {
  const list: List<Item> = { first: undefined, last: undefined, timer: undefined, expire }
  return {
    add(item) {
      item.before = list.last
      if (list.last === undefined) list.first = item
      else list.last.after = item
      list.last = item
      if (list.timer === undefined) wakeAt(list, item.due)
      else if (item.before === undefined) keepAlive(list.timer, 'keeps')
    },
    remove(item) {
      if (item !== list.first && item.before === undefined) return
      unlink(list, item)
      if (list.first === undefined) keepAlive(list.timer, 'lets go')
    },
  }
}

function unlink<Item extends Due>(list: List<Item>, item: Item): void {
  if (item.before === undefined) list.first = item.after as Item | undefined
  else item.before.after = item.after
  if (item.after === undefined) list.last = item.before as Item | undefined
  else item.after.before = item.before
  item.before = undefined
  item.after = undefined
}

function wakeAt<Item extends Due>(list: List<Item>, due: number): void {
  list.timer = setTimeout(wake, Math.max(1, Math.ceil(due - monotonicNow())), list, due)
}

function wake<Item extends Due>(list: List<Item>, due: number): void {
  // The timer says that the date has come, also where `performance` is behind, or stands still.
  const now = Math.max(monotonicNow(), due)
  afterReading(due, () => expireAll(list, now))
}

function expireAll<Item extends Due>(list: List<Item>, now: number): void {
  try {
    while (list.first !== undefined && list.first.due <= now) {
      const item = list.first
      unlink(list, item)
      list.expire(item)
    }
  } finally {
    // Only now: what is added meanwhile comes after all that waits.
    list.timer = undefined
    if (list.first !== undefined) wakeAt(list, list.first.due)
  }
}
