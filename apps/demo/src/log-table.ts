import type { AccessLog, ReplayReport } from '@sluice/simulation'
import { type Algorithm, algorithms, type Quota } from './four-policies.ts'
import { malformedTexts } from './read-log.ts'

/** What the table is made of. */
export interface LogTableOptions {
  readonly log: AccessLog
  readonly quota: Quota
  readonly reports: Readonly<Record<Algorithm, ReplayReport>>
}

/** The four reports as one table for a terminal, with a line on the log above and a note below. */
export function logTable({ log, quota, reports }: LogTableOptions): string {
  const { limit, capacity } = quota
  const window = durationText(quota.window)
  const burst = capacity === limit ? '' : `, the buckets take bursts of ${count(capacity)}`
  return [
    ...readLines(log),
    `Each client may make ${count(limit)} requests in ${window}${burst}.`,
    '',
    ...tableLines(rows(reports, window)),
    '',
    `Delayed: of the admitted, those that were told to wait for their turn.`,
    `Worst window: the most requests that one client got through within any ${window}, wherever they start;`,
    `a delayed request counts when its turn comes.`,
  ].join('\n')
}

type Row = readonly [label: string, ...cells: string[]]

function rows(reports: LogTableOptions['reports'], window: string): Row[] {
  const row = (label: string, cell: (report: ReplayReport) => string): Row => [
    label,
    ...algorithms.map((algorithm) => cell(reports[algorithm])),
  ]
  const deepest = Math.max(...algorithms.map((algorithm) => reports[algorithm].mostRefused.length))
  return [
    ['', ...algorithms.map((algorithm) => algorithm.replace('-', ' '))],
    row('requests admitted', ({ admitted }) => count(admitted)),
    row('requests refused', ({ refused }) => count(refused)),
    row('requests delayed', ({ delayed }) => count(delayed)),
    row('longest delay', ({ longestDelayMs }) => durationText(longestDelayMs)),
    row('clients', ({ clients }) => count(clients)),
    row('clients ever refused', ({ clientsRefused }) => count(clientsRefused)),
    ...Array.from({ length: deepest }, (_, i) => row(i === 0 ? 'most refused clients' : '', refusedText(i))),
    row(`worst window of ${window}`, ({ worstWindow: worst }) => (worst === undefined ? '–' : count(worst.units))),
    row('  by', ({ worstWindow: worst }) => (worst === undefined ? '' : printable(worst.key))),
    row('  from (UTC)', ({ worstWindow: worst }) => (worst === undefined ? '' : dateText(worst.start))),
  ]
}

function refusedText(place: number): (report: ReplayReport) => string {
  return ({ mostRefused }) => {
    const one = mostRefused[place]
    return one === undefined ? '' : `${printable(one.client)}  ${count(one.refused).padStart(5)}`
  }
}

function tableLines(table: readonly Row[]): string[] {
  const [header] = table as [Row]
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('───')
  return [line(header), rule, ...table.slice(1).map(line)]
}

function readLines(log: AccessLog): string[] {
  const read = `${count(log.times.length)} requests`
  const malformed = log.malformed.reduce((sum, { lines }) => sum + lines.length, 0)
  return malformed === 0
    ? [`${read}.`]
    : [`${read}; left out as malformed: ${count(malformed)}:`, ...malformedTexts(log), '']
}

/** A log may hold anything: nothing in it may steer the terminal or push the table apart. */
function printable(text: string): string {
  const plain = text.replaceAll(/[^\x21-\x7e]/g, '?')
  return plain.length > 45 ? `${plain.slice(0, 44)}…` : plain
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function dateText(time: number): string {
  return new Date(time).toISOString().replace('T', ' ').replace('.000Z', '').replace('Z', '')
}

function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1]
  return ms === 0 ? '0' : `${ms / size}${unit}`
}
