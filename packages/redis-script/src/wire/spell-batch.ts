import type { Ask, Mode } from '@sluice/core'
import { receiptsKey } from '../stored-key.ts'
import { keyGroups } from './key-groups.ts'
import { type SpellRequest, spellPast, spellShadow } from './spell-request.ts'

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

/** Mode byte: a consume where some policies are only watched. */
const shadowedConsume = '\x07'

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
      const request = requests[first] as Ask
      const { mode, costs, of } = request
      const shadow = shadowOf(request)
      const isAsPrevious = previous !== undefined && areEqual(previous, first, requests, deadlines)
      text += isAsPrevious ? asPrevious : modeByte(request, shadow)
      text += String.fromCharCode(end - from - 1, end < indexes.length ? 1 : 0)
      if (!isAsPrevious) text += spellRequest(deadlines[first] as number, costs)
      if (mode === 'charge') text += most
      if (of !== undefined) text += spellPast(of)
      if (shadow !== undefined) text += spellShadow(shadow)
      previous = first
      if (mode === 'refund') givesBack = true
    }
    if (!givesBack) continue
    keys.push(receiptsKey(own[0] as string))
    hasRefunds = true
  }
  return { keys, text, hasRefunds }
}

function modeByte({ mode, of }: Ask, shadow: Ask['shadow']): string {
  if (shadow !== undefined) return shadowedConsume
  return of === undefined ? modes[mode] : refundOfCharge
}

/**
 * Which policies of a request are only watched, where a script must know: of a consume, on several policies. A single policy is
 * charged what it admits in any case; what it refuses, only the limiter reads otherwise.
 */
export function shadowOf({ mode, costs, shadow }: Ask): Ask['shadow'] {
  return mode === 'consume' && costs.length > 1 ? shadow : undefined
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
  // Of requests that are charged to some policies and not to others, each is decided by itself.
  if (shadowOf(requests[first] as Ask) !== undefined || shadowOf(other) !== undefined) return false
  return costs === other.costs || costs.every((cost, i) => cost === other.costs[i])
}
