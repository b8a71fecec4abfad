import { type Answer, type Ask, DeadlineError, type Policy, StoredStateError, type View } from '@sluice/core'
import { keyGroups } from './key-groups.ts'
import { expectReply, replyNumbers } from './reply-numbers.ts'
import { chargedViews, type ViewsPlace, viewsAt } from './views.ts'

/** What came back: the server's instant, and an outcome for each request. */
export interface Reply {
  readonly now: number
  readonly outcomes: readonly (Answer | Error)[]
}

/** What a reply is read with. */
export interface ReplyReading {
  readonly policies: readonly Policy[]
  keysOf(key: Ask['key']): readonly string[]
}

/** Reads what the script for one consume returned, which is text, or the script for any requests. */
export function readReply(reply: unknown, requests: readonly Ask[], reading: ReplyReading): Reply {
  return typeof reply === 'string' ? readLone(reply, requests, reading) : readRuns(reply, requests, reading)
}

function readLone(reply: string, requests: readonly Ask[], reading: ReplyReading): Reply {
  const numbers = replyNumbers(reply)
  const now = instantOf(numbers)
  const { fault, views, end } = findingAt(numbers, { offset: 2, now, isBrief: false }, reading.policies)
  expectReply(end === numbers.length, reply)
  const { key } = requests[0] as Ask
  return { now, outcomes: [fault < 0 ? failure(fault, key, reading) : { now, views }] }
}

function readRuns(reply: unknown, requests: readonly Ask[], reading: ReplyReading): Reply {
  const numbers = replyNumbers(reply)
  const now = instantOf(numbers)
  const { policies } = reading
  const outcomes: (Answer | Error)[] = new Array(requests.length)
  let offset = 2
  for (const { key, indexes } of keyGroups(requests)) {
    for (let done = 0, end = 0; done < indexes.length; done = end) {
      const first = numbers[offset] as number
      const isBrief = first >= 0
      const place = { offset: isBrief ? offset : offset + 1, now, isBrief }
      const found = findingAt(numbers, place, policies)
      end = isBrief ? done + 1 : done - first
      offset = found.end
      expectReply(end <= indexes.length && offset <= numbers.length, reply)
      const run = end - done === indexes.length ? indexes : indexes.slice(done, end)
      if (found.fault < 0) for (const index of run) outcomes[index] = failure(found.fault, key, reading)
      else putAnswers(outcomes, run, { views: found.views, now, requests, policies })
    }
  }
  expectReply(offset === numbers.length, reply)
  return { now, outcomes }
}

/** The instant of a reply, which begins as that of TIME does: seconds, microseconds. */
function instantOf(numbers: readonly number[]): number {
  return (numbers[0] as number) * 1000 + Math.floor((numbers[1] as number) / 1000)
}

/** What the first request of a run found. */
interface Finding {
  /** Below 0: why there are no views. */
  readonly fault: number
  readonly views: readonly View[]
  /** The offset after it. */
  readonly end: number
}

function findingAt(numbers: readonly number[], place: ViewsPlace, policies: readonly Policy[]): Finding {
  const first = numbers[place.offset] as number
  if (first < 0) return { fault: first, views: [], end: place.offset + 1 }
  const { views, end } = viewsAt(numbers, place, policies)
  return { fault: 0, views, end }
}

interface RunAnswer {
  /** What the first request found. */
  readonly views: readonly View[]
  readonly now: number
  readonly requests: readonly Ask[]
  readonly policies: readonly Policy[]
}

/** Answers the requests of a run, each as it found the state after those before. */
function putAnswers(outcomes: (Answer | Error)[], indexes: readonly number[], run: RunAnswer): void {
  const { now, requests, policies } = run
  let { views } = run
  for (const index of indexes) {
    const request = requests[index] as Ask
    const charged = indexes.length > 1 ? chargedViews(views, request, now, policies) : undefined
    outcomes[index] = { now, views: charged === undefined ? views : views.map(withoutWait) }
    views = charged ?? views
  }
}

function withoutWait(view: View): View {
  return { ...view, wait: 0 }
}

/** The faults that stand in place of views: too late, or foreign data under the first key, the second … */
const tooLate = -1
const firstForeign = -2

function failure(fault: number, key: Ask['key'], { policies, keysOf }: ReplyReading): Error {
  if (fault === tooLate) return new DeadlineError()
  const i = firstForeign - fault
  return new StoredStateError(keysOf(key)[i] as string, (policies[i] as Policy).format)
}
