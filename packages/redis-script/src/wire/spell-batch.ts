import type { Ask, Mode } from '@sluice/core'
import { receiptsKey } from '../stored-key.ts'
import { keyGroups } from './key-groups.ts'
import { type SpellRequest, spellPast } from './spell-request.ts'

/** Requests as the batch script is given them. */
export interface SpelledBatch {
  readonly keys: readonly string[]
  readonly text: string
  readonly hasRefunds: boolean
}

/** What a limiter's requests are spelled with. */
export interface BatchSpelling {
  readonly spellRequest: SpellRequest
  /** What a charge is given beside what every request is: see `spellMost`. */
  readonly most: string
  keysOf(key: Ask['key']): readonly string[]
}

const modes: Readonly<Record<Mode, string>> = {
  consume: '\x00',
  peek: '\x01',
  refund: '\x02',
  reset: '\x03',
  charge: '\x04',
}

/** Mode byte: a refund of a past charge. */
const refundOfCharge = '\x06'

/** Mode byte: same mode, deadline and charges as the previous run. */
const asPrevious = '\x05'

/** How often a run may be repeated: what one byte of text can hold. */
const mostRepeats = 127

/** Spells requests key group by key group: each key is named once, and equal requests that follow one another are one run. */
export function spellBatch(
  requests: readonly Ask[],
  deadlines: readonly number[],
  { spellRequest, most, keysOf }: BatchSpelling,
): SpelledBatch {
  const keys: string[] = []
  let text = ''
  let hasRefunds = false
  let previous: number | undefined
  for (const { key, indexes } of keyGroups(requests)) {
    const own = keysOf(key)
    for (const stored of own) keys.push(stored)
    let givesBack = false
    for (let from = 0, end = 0; from < indexes.length; from = end) {
      end = runEnd(from, indexes, requests, deadlines)
      const first = indexes[from] as number
      const { mode, costs, of } = requests[first] as Ask
      const isAsPrevious = previous !== undefined && areEqual(previous, first, requests, deadlines)
      text += isAsPrevious ? asPrevious : of === undefined ? modes[mode] : refundOfCharge
      text += String.fromCharCode(end - from - 1, end < indexes.length ? 1 : 0)
      if (!isAsPrevious) text += spellRequest(deadlines[first] as number, costs)
      if (mode === 'charge') text += most
      if (of !== undefined) text += spellPast(of)
      previous = first
      if (mode === 'refund') givesBack = true
    }
    if (!givesBack) continue
    keys.push(receiptsKey(own[0] as string))
    hasRefunds = true
  }
  return { keys, text, hasRefunds }
}

/** Where the run that begins at `from` ends: equal requests of one key that follow one another. */
function runEnd(
  from: number,
  indexes: readonly number[],
  requests: readonly Ask[],
  deadlines: readonly number[],
): number {
  const first = indexes[from] as number
  let end = from + 1
  while (end < indexes.length && end - from <= mostRepeats) {
    if (!areEqual(first, indexes[end] as number, requests, deadlines)) break
    end += 1
  }
  return end
}

/** Whether the second of two requests can be spelled as a repeat of the first. */
function areEqual(first: number, second: number, requests: readonly Ask[], deadlines: readonly number[]): boolean {
  if (deadlines[first] !== deadlines[second]) return false
  const { mode, costs } = requests[first] as Ask
  const other = requests[second] as Ask
  if (mode !== other.mode || (mode !== 'consume' && mode !== 'peek')) return false
  return costs === other.costs || costs.every((cost, i) => cost === other.costs[i])
}
