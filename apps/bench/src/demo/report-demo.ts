import { figure } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine } from '../machine.ts'
import { renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import { type DemoFigures, requestCounts } from './measure-demo.ts'

/** The table of what was measured of the demo's page, and the goals G1 and G2. */
export function reportDemo({ browser, steps, comparison, log }: DemoFigures): Report {
  const rows = requestCounts.map((requests) => {
    const { ms = 0, scenario = '' } = comparison[requests] ?? {}
    return [`${figure(requests)} requests`, figure(steps[requests] ?? 0), `${figure(ms)} (${scenario})`]
  })
  const text = `
\`npx -y pnpm@12 bench demo\`. ${describeMachine(browser)}

Steps of a drag a second, each of which has changed the picture of all four lanes before the next one is taken; and the
comparison in it, in ms: the median of the scenario that takes longest. The page is 1280 × 720.

${renderTable(['', 'steps a second', 'ms of the comparison'], rows)}

A log in the combined format, read in the page's worker:

${renderTable(
  [
    '',
    'ms to start',
    'lines a second',
    'ms of the curves',
    'longest ms without progress',
    'longest task of the page, ms',
  ],
  [
    [
      `${figure(log.lines)} lines`,
      figure(log.read),
      figure(log.curvesMs),
      figure(log.silenceMs),
      log.longestTaskMs === 0 ? '< 50' : figure(log.longestTaskMs),
    ],
  ],
)}
`
  return { section: 'demo', text: text.trim(), goals: demoGoals({ steps, comparison }) }
}

function demoGoals({ steps, comparison }: Pick<DemoFigures, 'steps' | 'comparison'>): Goal[] {
  return [
    {
      id: 'G1',
      claim: 'the demo, steps of a drag a second, 100 requests',
      wanted: ['≥', 30],
      unit: '',
      measured: steps[100] ?? 0,
    },
    {
      id: 'G2',
      claim: 'the demo, a comparison of 1,000 requests',
      wanted: ['≤', 30],
      unit: ' ms',
      measured: comparison[1000]?.ms ?? Number.POSITIVE_INFINITY,
    },
  ]
}
