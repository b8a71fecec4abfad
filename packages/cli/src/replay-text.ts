import type { Difference, Worse } from './difference.ts'
import { type PolicyCurve, pointsToShow } from './policy-curve.ts'
import { malformedLines } from './read-logs.ts'
import type { RefusedClient } from './refusals.ts'
import type { DocumentResult, LimiterResult, LogSummary, ReplayResult } from './replay-result.ts'
import { barsText, countText, dateText, durationText, fileText, printable, shareText, wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'
import { type Row, textTable } from './text-table.ts'

/** What a replay found, for a terminal of 80 columns. */
export function replayText(result: ReplayResult, terminal: Terminal): string {
  const { log, limiters, differences, notes } = result
  const sections = [
    [...wrapped(summary(log)), ...malformedLines(log), ...notes.flatMap((note) => wrapped(note))],
    ...limiters.map((one) => limiterLines(one, result, terminal)),
    ...differences.map((one) => differenceLines(one, terminal)),
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function summary({ requests, clients, from, to }: LogSummary): string {
  return `${countText(requests)} requests of ${countText(clients)} clients, ${dateText(from)} to ${dateText(to)} UTC.`
}

function limiterLines(
  { limiter, documents, curves }: LimiterResult,
  result: ReplayResult,
  terminal: Terminal,
): string[] {
  const lines = textTable(documentRows(limiter, documents))
  return [
    styled(terminal, 'bold', lines[0] ?? ''),
    ...lines.slice(1),
    ...documents.flatMap((one) => [...whenLines(one), ...whoLines(one)]),
    ...curves.flatMap((curve) => curveLines(limiter, curve, result.refuseAtMost)),
  ]
}

function documentRows(limiter: string, documents: readonly DocumentResult[]): Row[] {
  const row = (label: string, cell: (one: DocumentResult) => string): Row => [label, ...documents.map(cell)]
  const policies = [...new Set(documents.flatMap((one) => Object.keys(one.policies)))]
  const byPolicy = policies.length < 2 ? [] : policies
  return [
    row(limiter, ({ file }) => fileText(file)),
    row('requests admitted', ({ admitted }) => countText(admitted)),
    row('requests refused', ({ refused }) => countText(refused)),
    ...byPolicy.map((policy) => row(`  by ${policy}`, ({ policies: counts }) => countText(counts[policy] ?? 0))),
    ...(documents.some(({ delayed }) => delayed > 0)
      ? [
          row('requests delayed', ({ delayed }) => countText(delayed)),
          row('longest delay', ({ longestDelayMs }) => durationText(longestDelayMs)),
        ]
      : []),
    row('clients refused', ({ clientsRefused }) => countText(clientsRefused)),
    row('  of all clients', ({ share }) => shareText(share)),
    row(
      'most of one client',
      ({ mostInWindow, windowMs }) => `${countText(mostInWindow)} in ${durationText(windowMs)}`,
    ),
  ]
}

function whenLines({ file, refused, timeline }: DocumentResult): string[] {
  if (refused === 0) return []
  const highest = Math.max(...timeline.refused)
  const stretch = durationText(timeline.stretchMs)
  return [
    '',
    `Refused over time, ${fileText(file)}: up to ${countText(highest)} in ${stretch}`,
    barsText(timeline.refused, highest),
  ]
}

function whoLines({ file, mostRefused, clientsRefused }: DocumentResult): string[] {
  if (mostRefused.length === 0) return []
  const rows = mostRefused.map(
    (one): Row => [
      `  ${printable(one.client, 30)}`,
      `${countText(one.refused)} of ${countText(one.asked)}`,
      dateText(one.first),
      policiesText(one),
    ],
  )
  const more = clientsRefused - mostRefused.length
  const lines = textTable([['Refused most', fileText(file), 'first (UTC)', 'by'], ...rows])
  return ['', ...lines, ...(more > 0 ? [`  and ${countText(more)} more`] : [])]
}

function policiesText({ policies }: RefusedClient): string {
  return Object.keys(policies).join(', ')
}

function curveLines(limiter: string, curve: PolicyCurve, refuseAtMost: number): string[] {
  const name = `${limiter}.${curve.policy}`
  if ('problem' in curve) return ['', ...wrapped(`No curve of ${name}: ${curve.problem}`)]
  const { now, tightest } = curve
  const rows = pointsToShow(curve).map(
    ({ limit, clientsRefused, share }): Row => [
      `  ${countText(limit)}`,
      countText(clientsRefused),
      shareText(share),
      limit === now.limit ? 'now' : limit === tightest?.limit ? 'enough' : '',
    ],
  )
  const answer =
    tightest === undefined
      ? `Every limit of ${name} refuses more than ${shareText(refuseAtMost)} of the clients.`
      : `To refuse at most ${shareText(refuseAtMost)} of the clients, ${name} needs a limit of ${countText(tightest.limit)}; it has ${countText(now.limit)}.`
  return ['', ...textTable([[`limit of ${name}`, 'clients refused', 'share', ''], ...rows]), ...wrapped(answer)]
}

function differenceLines({ limiter, here, there }: Difference, terminal: Terminal): string[] {
  const title = styled(terminal, 'bold', `${limiter}: the difference`)
  if (here.requests + there.requests === 0) return [title, 'Both decide alike, request by request.']
  return [title, ...worseLines('--config', here), ...worseLines('--compare', there)]
}

function worseLines(name: string, { requests, clients, most }: Worse): string[] {
  const named = most.map(({ client, refused }) => `  ${printable(client)}  ${countText(refused)}`)
  return [
    ...wrapped(
      `Refused by ${name} alone: ${countText(requests)} requests. Clients that only it refuses: ${countText(clients)}${named.length > 0 ? ':' : '.'}`,
    ),
    ...named,
  ]
}
