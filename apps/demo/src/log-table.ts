import { type AccessLog, judgesRounding, type ReplayReport } from '@sluice/simulation'
import type { Algorithm, Quota } from './comparison/algorithm.ts'
import { wrapped } from './comparison/wrapped.ts'
import { malformedTexts } from './read-log.ts'

/** What one algorithm made of the log. */
export interface Replayed {
  readonly algorithm: Algorithm
  readonly report: ReplayReport
}

/** What the table is made of. */
export interface LogTableOptions {
  readonly log: AccessLog
  readonly quota: Quota
  readonly replayed: readonly Replayed[]
  /** A sentence on which limits refuse hardly a client. */
  readonly advice?: string | undefined
}

/** How wide a terminal is at least. */
const width = 80

/** The reports as one table for a terminal of 80 columns: a line on the log above, the clients and a note below. */
export function logTable({ log, quota, replayed, advice }: LogTableOptions): string {
  const { limit, burst } = quota
  const window = durationText(quota.window)
  const bursts = burst === limit ? '' : `, the buckets take bursts of ${count(burst)}`
  return [
    ...readLines(log),
    `Each client may make ${count(limit)} requests in ${window}${bursts}.`,
    '',
    ...tableLines(rows(replayed)),
    '',
    ...(advice === undefined ? [] : [...wrapped(advice, width), '']),
    ...(judgesRounding({ log, window: quota.window }) ? [...wrapped(roundingNote, width), ''] : []),
    ...mostRefusedLines(replayed),
    ...worstLines(replayed, window),
    ...wrapped('Delayed: of the admitted, those that were told to wait for their turn.', width),
    ...wrapped(
      `Worst window: the most requests that one client got through within any ${window}, wherever it starts; ` +
        'a delayed request counts when its turn comes.',
      width,
    ),
  ].join('\n')
}

const roundingNote = 'The dates of the log are whole seconds: a window below 10 s judges how they were rounded.'

type Row = readonly [label: string, ...cells: string[]]

function rows(replayed: readonly Replayed[]): Row[] {
  const row = (label: string, cell: (report: ReplayReport) => string): Row => [
    label,
    ...replayed.map(({ report }) => cell(report)),
  ]
  return [
    ['', ...replayed.map(({ algorithm }) => algorithm.name.toLowerCase())],
    row('requests admitted', ({ admitted }) => count(admitted)),
    row('requests refused', ({ refused }) => count(refused)),
    row('requests delayed', ({ delayed }) => count(delayed)),
    row('longest delay', ({ longestDelayMs }) => durationText(longestDelayMs)),
    row('clients', ({ clients }) => count(clients)),
    row('clients ever refused', ({ clientsRefused }) => count(clientsRefused)),
    row('worst window', ({ worstWindow: worst }) => (worst === undefined ? '–' : count(worst.units))),
  ]
}

function tableLines(table: readonly Row[]): string[] {
  const [header] = table as [Row]
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth)).join('──')
  return [line(header), rule, ...table.slice(1).map(line)]
}

function mostRefusedLines(replayed: readonly Replayed[]): string[] {
  const lines = replayed.flatMap(({ algorithm, report }) =>
    report.mostRefused.map(({ client, refused }, i) => [
      i === 0 ? algorithm.name.toLowerCase() : '',
      count(refused),
      printable(client),
    ]),
  )
  return titled('Most refused clients, and how often:', lines)
}

function worstLines(replayed: readonly Replayed[], window: string): string[] {
  const lines = replayed.flatMap(({ algorithm, report: { worstWindow: worst } }) =>
    worst === undefined ? [] : [[algorithm.name.toLowerCase(), dateText(worst.start), printable(worst.key)]],
  )
  return titled(`The worst window of ${window}, from (UTC) and by whom:`, lines)
}

/** Lines of three columns below a title; nothing where there are none. */
function titled(title: string, lines: readonly (readonly string[])[]): string[] {
  if (lines.length === 0) return []
  const widthOf = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0))
  const text = ([first = '', second = '', third = '']: readonly string[]): string =>
    `  ${first.padEnd(widthOf(0))}  ${second.padStart(widthOf(1))}  ${third}`
  return [title, ...lines.map(text), '']
}

function readLines(log: AccessLog): string[] {
  const read = `${count(log.times.length)} requests`
  const malformed = log.malformed.reduce((sum, { lines }) => sum + lines.length, 0)
  if (malformed === 0) return [`${read}.`]
  const reasons = malformedTexts(log).flatMap((text) => wrapped(text.trimStart(), width - 2).map((line) => `  ${line}`))
  return [`${read}; left out as malformed: ${count(malformed)}:`, ...reasons, '']
}

const longestName = 39

/** A log may hold anything: nothing in it may steer the terminal or push the table apart. */
function printable(text: string): string {
  const plain = text.replaceAll(/[^\x21-\x7e]/g, '?')
  return plain.length > longestName ? `${plain.slice(0, longestName - 1)}…` : plain
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
