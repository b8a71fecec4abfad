import { curvePlot, timelinePlot } from './plots.ts'
import { pointsToShow } from './policy-curve.ts'
import type { DocumentResult, LimiterResult, ReplayResult } from './replay-result.ts'
import { countText, dateText, durationText, shareText } from './spelled.ts'

/** What a replay found, as one page that needs nothing else: no script, no font, no request. */
export function replayReport(result: ReplayResult): string {
  const { log, limiters, notes } = result
  const summary = `${countText(log.requests)} requests of ${countText(log.clients)} clients, ${dateText(log.from)} to ${dateText(log.to)} UTC.`
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Replay of an access log</title>',
    `<style>${style}</style>`,
    '<h1>Replay of an access log</h1>',
    `<p>${escaped(`${log.files.join(', ')}: ${summary}`)}</p>`,
    ...notes.map((note) => `<p class="note">${escaped(note)}</p>`),
    ...malformedSection(log),
    ...limiters.flatMap((one) => limiterSection(one, result)),
    '</html>',
    '',
  ].join('\n')
}

const style = `
:root { color-scheme: light dark; --bad: #c2410c; --good: #0f766e; --line: #8886; --soft: #8883 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid var(--soft) }
th:first-child, td:first-child { text-align: left }
td { overflow-wrap: anywhere }
svg { width: 100%; height: auto; display: block }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
.asked { fill: var(--soft) } .refused { fill: var(--bad) } .axis { stroke: var(--line) }
.curve { fill: none; stroke: var(--bad); stroke-width: 2 }
.now { stroke: currentColor; stroke-dasharray: 3 3 } .enough { stroke: var(--good) }
.note { border-left: 3px solid var(--bad); padding-left: .8rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere }`

/** Text of a log or a document may hold anything. Characters that control terminals, or turn the direction of text, have no place in a page. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const shownOfLine = 500

function malformedSection({ malformed, firstMalformed }: ReplayResult['log']): string[] {
  const total = malformed.reduce((sum, { lines }) => sum + lines.length, 0)
  if (total === 0) return []
  const reasons = malformed.map(({ reason, lines }) => `<li>${escaped(`${countText(lines.length)}: ${reason}`)}</li>`)
  const first = firstMalformed.map(({ number, text }) => `${number}: ${escaped(text.slice(0, shownOfLine))}`)
  return [
    `<p>Lines that were not understood: ${countText(total)}.</p>`,
    `<ul>${reasons.join('')}</ul>`,
    `<p>The first of them:</p><pre>${first.join('\n')}</pre>`,
  ]
}

function limiterSection(
  { limiter, documents, curves }: LimiterResult,
  { refuseAtMost, differences }: ReplayResult,
): string[] {
  const difference = differences.find((one) => one.limiter === limiter)
  return [
    `<h2>${escaped(limiter)}</h2>`,
    documentTable(documents),
    ...(difference === undefined
      ? []
      : [
          `<p>Refused by ${escaped(documents[0]?.file ?? '')} alone: ${countText(difference.here.requests)} requests, and ${countText(difference.here.clients)} clients that the other never refuses. By ${escaped(documents[1]?.file ?? '')} alone: ${countText(difference.there.requests)} and ${countText(difference.there.clients)}.</p>`,
        ]),
    ...documents.flatMap((one) => [`<h3>${escaped(one.file)}</h3>`, timelinePlot(one.timeline), ...clientTable(one)]),
    ...curves.flatMap((curve) => {
      const name = escaped(`${limiter}.${curve.policy}`)
      if ('problem' in curve) return [`<p>No curve of ${name}: ${escaped(curve.problem)}</p>`]
      const rows = pointsToShow(curve).map((point) => [
        countText(point.limit),
        countText(point.clientsRefused),
        shareText(point.share),
      ])
      return [
        `<h3>Clients refused over the limit of ${name}</h3>`,
        curvePlot(curve),
        `<p>${escaped(answerText(curve.tightest?.limit, curve.now.limit, refuseAtMost))}</p>`,
        table(['limit', 'clients refused', 'share'], rows),
      ]
    }),
  ]
}

function answerText(tightest: number | undefined, now: number, refuseAtMost: number): string {
  const share = shareText(refuseAtMost)
  if (tightest === undefined)
    return `Every limit refuses more than ${share} of the clients; it is ${countText(now)} now.`
  return `A limit of ${countText(tightest)} refuses at most ${share} of the clients; it is ${countText(now)} now.`
}

function documentTable(documents: readonly DocumentResult[]): string {
  const row = (label: string, cell: (one: DocumentResult) => string): string[] => [label, ...documents.map(cell)]
  const policies = [...new Set(documents.flatMap((one) => Object.keys(one.policies)))]
  return table(
    ['', ...documents.map(({ file }) => file)],
    [
      row('requests admitted', ({ admitted }) => countText(admitted)),
      row('requests refused', ({ refused }) => countText(refused)),
      ...policies.map((policy) => row(`by ${policy}`, (one) => countText(one.policies[policy] ?? 0))),
      row('requests delayed', ({ delayed }) => countText(delayed)),
      row('longest delay', ({ longestDelayMs }) => durationText(longestDelayMs)),
      row('clients refused', (one) => `${countText(one.clientsRefused)} (${shareText(one.share)})`),
      row('most of one client', (one) => `${countText(one.mostInWindow)} in ${durationText(one.windowMs)}`),
    ],
  )
}

function clientTable({ mostRefused, clientsRefused }: DocumentResult): string[] {
  if (mostRefused.length === 0) return ['<p>Nobody was refused.</p>']
  const rows = mostRefused.map((one) => [
    one.client,
    countText(one.refused),
    countText(one.asked),
    dateText(one.first),
    dateText(one.last),
    Object.keys(one.policies).join(', '),
  ])
  const shown = `${countText(mostRefused.length)} of ${countText(clientsRefused)} refused clients:`
  return [`<p>${shown}</p>`, table(['client', 'refused', 'asked', 'first (UTC)', 'last (UTC)', 'by'], rows)]
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')
  return `<table><thead><tr>${cells(header, 'th')}</tr></thead><tbody>\n${body}\n</tbody></table>`
}
