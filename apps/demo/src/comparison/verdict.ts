import type { Comparison, Lane } from './compare.ts'
import { durationText } from './duration-text.ts'

/** A piece of a sentence; a number above the limit is marked. */
export interface Phrase {
  readonly text: string
  readonly as?: 'number' | 'over'
}

/** What the comparison shows, as a sentence or two made from its numbers. */
export function verdict({ settings, lanes, traffic }: Comparison): Phrase[] {
  const window = durationText(settings.window)
  const phrases: Phrase[] = []
  const direct = lanes.filter(({ algorithm }) => algorithm.area === 'left')
  for (const [i, lane] of direct.entries()) {
    const { subject } = lane.algorithm
    phrases.push(
      plain(i === 0 ? `${capitalized(subject)} let ` : `, ${subject} `),
      number(lane.worst.units, lane.worst.units > settings.limit),
    )
    if (i === 0) phrases.push(plain(` into ${window}`))
  }
  for (const lane of lanes) if (lane.algorithm.area === 'waiting') phrases.push(...waitPhrases(lane))
  phrases.push(plain('. '))
  phrases.push(...(traffic.retry === undefined ? refusalPhrases(lanes) : retryPhrases(lanes)))
  return phrases
}

function waitPhrases({ algorithm, totals, longestDelayMs }: Lane): Phrase[] {
  if (totals.delayed === 0) return [plain(`; ${algorithm.subject} made none wait`)]
  return [
    plain(`; ${algorithm.subject} made `),
    number(totals.delayed),
    plain(` wait, up to ${durationText(longestDelayMs)}`),
  ]
}

function refusalPhrases(lanes: readonly Lane[]): Phrase[] {
  const fewest = Math.min(...lanes.map(({ totals }) => totals.refused))
  if (fewest === Math.max(...lanes.map(({ totals }) => totals.refused))) {
    return fewest === 0 ? [plain('None was refused.')] : [plain('All refused '), number(fewest), plain('.')]
  }
  const kindest = lanes.filter(({ totals }) => totals.refused === fewest)
  const subjects = kindest.map(({ algorithm }) => algorithm.subject)
  return [plain(`${capitalized(listed(subjects))} refused fewest, `), number(fewest), plain('.')]
}

/** A client that comes back costs a try each time. */
function retryPhrases(lanes: readonly Lane[]): Phrase[] {
  const [fewest = 0, most = 0] = [Math.min(...lanes.map(triesOf)), Math.max(...lanes.map(triesOf))]
  if (fewest === most) {
    return [plain('Each took '), number(most), plain(most === 1 ? ' try per success.' : ' tries per success.')]
  }
  return lanes.flatMap((lane, i) => [
    plain(i === 0 ? `${capitalized(lane.algorithm.subject)} took ` : `, ${lane.algorithm.subject} `),
    number(triesOf(lane)),
    plain(i === 0 ? ' tries per success' : i === lanes.length - 1 ? '.' : ''),
  ])
}

/** How often a client asked for each request that got through, to a tenth. */
export function triesOf({ totals }: Lane): number {
  return Math.round((10 * totals.asked) / Math.max(1, totals.admitted)) / 10
}

function plain(text: string): Phrase {
  return { text }
}

function number(value: number, isOver: boolean = false): Phrase {
  return { text: value.toLocaleString('en-US'), as: isOver ? 'over' : 'number' }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
