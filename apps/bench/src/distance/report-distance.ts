import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { type ClientKind, clientKinds } from '../redis/connect.ts'
import { type Row, renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import { awayMs, type DistanceFigures, paces } from './measure-distance.ts'
import { sendings } from './task.ts'

const labels: Readonly<Record<ClientKind, string>> = { ioredis: 'ioredis', redis: 'node-redis' }

/** The table of what was measured from far away, and the goal R7. */
export function reportDistance(figures: DistanceFigures): Report {
  const text = `
\`npx -y pnpm@12 bench distance\`. ${describeMachine(`redis-server ${figures.version}`, ...clientKinds.map(installed))}

How long a decision takes, in ms, when Redis is ${awayMs} ms away, there and back: a proxy in a process of its own holds what
passes. Requests come at random, each for another key, whether those before are answered or not. Median and 90th percentile,
of ${figures.rounds} rounds in turn.

${renderTable(
  ['', ...paces.map((pace) => `${figure(pace)} a second`)],
  clientKinds.flatMap((kind) => rows(figures, kind)),
)}
`
  return { section: 'distance', text: text.trim(), goals: clientKinds.flatMap((kind) => goals(figures, kind)) }
}

function rows({ clients }: DistanceFigures, kind: ClientKind): Row[] {
  const spelled = sendings.map(
    (sending): Row => [
      `${labels[kind]}, ${sending}`,
      ...paces.map((pace) => {
        const { medianMs, p90Ms } = clients[kind][pace][sending]
        return `${figure(medianMs)} / ${figure(p90Ms)}`
      }),
    ],
  )
  const ratios: Row = [
    `${labels[kind]}, merged to one by one`,
    ...paces.map((pace) => {
      const { medianRatio, p90Ratio } = clients[kind][pace]
      return `${ratio(medianRatio, 1)} / ${ratio(p90Ratio, 1)}`
    }),
  ]
  return [...spelled, ratios]
}

/** Merging costs no latency: at any pace, so the worst is told. */
function goals({ clients }: DistanceFigures, kind: ClientKind): Goal[] {
  const worst = (which: 'medianRatio' | 'p90Ratio', what: string): Goal => ({
    id: 'R7',
    claim: `${what} of a decision, merged to one by one, ${labels[kind]}, ${awayMs} ms away, the worst of all paces`,
    wanted: ['≤', 1.05],
    unit: '×',
    measured: Math.max(...paces.map((pace) => clients[kind][pace][which])),
  })
  return [worst('medianRatio', 'median'), worst('p90Ratio', '90th percentile')]
}
