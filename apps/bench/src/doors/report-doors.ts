import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { type Row, renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import type { DoorFigures } from './measure-doors.ts'
import { connections, type Framework, frameworkNames, frameworks, places } from './task.ts'

const header = ['', ...places.flatMap((place) => ['no limiter', `the peer ${place}`, `sluice ${place}`])]

/** The table of what the doors cost, and the goals D1 and D2. */
export function reportDoors(figures: DoorFigures): Report {
  const { version, pinned } = figures
  const packages = frameworkNames.flatMap((name) => [...frameworks[name].packages, frameworks[name].peer])
  const others = ['rate-limit-redis', '@nest-lab/throttler-storage-redis', 'ioredis', 'autocannon']
  const cores = pinned
    ? 'The server has one core, autocannon and Redis another.'
    : 'All run wherever they happen to run.'
  const text = `
\`npx -y pnpm@12 bench doors\`. ${describeMachine(`redis-server ${version}`, ...[...packages, ...others].map(installed))}

Thousands of requests a second, over ${connections} connections, for a route that answers with four letters: without a limiter, with the
one that the framework's users take, and with ours; and the ratio to the first. Both limiters have the same window, the same keys (1,000
users, by a header field), the same ioredis client, and write the same header fields. Nobody is refused. ${cores}
koa-ratelimit keeps a log of all requests, and so does @nestjs/throttler in memory; the others count in a window. No limiter is measured
beside each: it is the same server twice.

${renderTable(header, rowsOf(figures))}
`
  return { section: 'doors', text: text.trim(), goals: frameworkNames.flatMap((name) => goalsOf(name, figures)) }
}

function rowsOf({ rates }: DoorFigures): Row[] {
  return frameworkNames.map((name) => [
    `${name}, ${frameworks[name].peer}`,
    ...places.flatMap((place) => {
      const own = rates[name][place]
      const cell = (rate: number): string => `${figure(rate / 1000)} (${ratio(rate, own['no limiter'])})`
      return [figure(own['no limiter'] / 1000), cell(own.peer), cell(own.sluice)]
    }),
  ])
}

function goalsOf(name: Framework, { rates }: DoorFigures): Goal[] {
  const { peer, atLeast } = frameworks[name]
  const toPeer = places.map(
    (place): Goal => ({
      id: 'D1',
      claim: `requests a second on ${name}, to ${peer}, ${place}`,
      wanted: ['≥', 1],
      unit: '×',
      measured: rates[name][place].sluice / rates[name][place].peer,
    }),
  )
  const { sluice, 'no limiter': none } = rates[name]['in memory']
  const toNone: Goal = {
    id: 'D2',
    claim: `requests a second on ${name}, to no limiter, in memory`,
    wanted: ['≥', atLeast],
    unit: '×',
    measured: sluice / none,
  }
  return [...toPeer, toNone]
}
