import { DeadlineError } from '@sluice/core'
import { monotonicNow } from '@sluice/core/internal'
import { forgotten, missed, type Sent } from '../server/link.ts'
import type { Outages } from '../server/outages.ts'
import { keepAlive } from '../timers.ts'
import type { Caller, CallersBatch } from './caller.ts'
import { afterReading } from './deadlines.ts'
import { reportFailed } from './report-script.ts'

/** Callers whose requests are in flight together. */
export interface Batch extends CallersBatch {
  readonly callers: readonly Caller[]
  readonly slot: number
  readonly sent: Sent
  /** Whether no caller waits for it any more, and others may go. */
  isOver: boolean
  readonly onOver: () => void
}

export interface BatchOptions {
  /** The name of the limiter. */
  readonly limiter: string
  /** Called for each caller of a batch when the batch is over. */
  landed(caller: Caller): void
  readonly outages: Outages
}

/** Makes a batch of callers, which from now on know it. */
export function batchOf(
  options: BatchOptions,
  { callers, sent, onOver }: Pick<Batch, 'callers' | 'sent' | 'onOver'>,
): Batch {
  const batch: Batch = {
    callers,
    slot: (callers[0] as Caller).slot,
    sent,
    awaited: callers.length,
    isOver: false,
    onOver,
    abandoned: (how, why) => abandon(options, batch, how, why),
  }
  for (const caller of callers) caller.batch = batch
  return batch
}

/** No caller waits for a batch any more. Every batch ends here, once. */
export function endBatch({ landed }: BatchOptions, batch: Batch): void {
  if (batch.isOver) return
  batch.isOver = true
  for (const caller of batch.callers) landed(caller)
  batch.onOver()
}

function abandon(options: BatchOptions, batch: Batch, how: 'late' | 'aborted', why: unknown): void {
  // A clock probe that is never answered must not hold up those that follow.
  batch.sent.link.probe = undefined
  if (how === 'late') {
    miss(options, batch, why as Error)
    endBatch(options, batch)
  } else {
    judgeLater(options, batch)
  }
}

/** Its callers left for reasons of their own: whether the server answers in time is still to be seen. */
function judgeLater(options: BatchOptions, batch: Batch): void {
  const { sent, callers } = batch
  const { due } = callers.at(-1) as Caller
  if (due === Number.POSITIVE_INFINITY) {
    forgotten(sent)
    endBatch(options, batch)
    return
  }
  const judge = (): void => {
    if (sent.state === 'in flight') miss(options, batch, new DeadlineError())
    endBatch(options, batch)
  }
  keepAlive(
    setTimeout(() => afterReading(due, judge), Math.max(1, due - monotonicNow())),
    'lets go',
  )
}

function miss({ outages, limiter }: BatchOptions, { sent, slot }: Batch, why: Error): void {
  missed(sent, why)
  reportFailed(limiter, why)
  outages.down(sent.link, slot)
}
