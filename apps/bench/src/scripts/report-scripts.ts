import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { type Row, renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import type { LogFigures } from './measure-logs.ts'
import { longestKir } from './measure-longest.ts'
import type { ScriptFigures } from './measure-scripts.ts'
import { shapeNames } from './shapes.ts'

/** The tables of what was counted, and the goals R1 and R4. */
export function reportScripts(figures: ScriptFigures): Report {
  const peers = ['rate-limiter-flexible', 'rate-limit-redis', '@fastify/rate-limit', '@upstash/ratelimit']
  const text = `
\`npx -y pnpm@12 bench:scripts\`. ${describeMachine(`redis-server ${figures.version}`, figures.valgrind, ...peers.map(installed))}

Thousands of instructions that redis-server takes for each decision, counted by callgrind, over ${figure(figures.calls)} calls one after
the other on one key that exists already (fewer for batches): reading the command, running it, writing the reply.

${renderTable(['', 'allow', 'deny'], shapeRows(figures))}

A sliding log, and a sorted set for the same (unit cost only, and it does not say when to retry), by how many entries they
hold. The time comes from the caller in both. A log that is admitted to grows, by a tenth at most while it is measured. Bytes
are those of MEMORY USAGE: fresh, and the most while one entry leaves and one comes with each call.

${renderTable(['entries', ...logHeader], logRows(figures.logs))}

Scripts as long as they get: as many requests as share one, each on another key of 190 characters. ${figure(longestKir)} thousand instructions are
about 5 ms, in which Redis does nothing else.

${renderTable(
  ['', 'requests', 'thousand instructions'],
  figures.longest.map(({ name, requests, cost }) => [name, figure(requests), figure(Math.round(cost))]),
)}
`
  return { section: 'scripts', text: text.trim(), goals: scriptGoals(figures) }
}

function shapeRows({ costs }: ScriptFigures): Row[] {
  const names = [...new Set(costs.map(({ shape }) => shape.name))]
  const cost = (name: string, quota: string): string => {
    const found = costs.find(({ shape }) => shape.name === name && shape.quota === quota)
    return found === undefined ? '–' : figure(found.cost)
  }
  return names.map((name) => [name, cost(name, 'ample'), cost(name, 'spent')])
}

const logHeader = ['', 'allow', 'allow, one expires', 'deny', 'bytes, fresh', 'bytes, most']

function logRows(logs: readonly LogFigures[]): Row[] {
  return logs.map((each) => {
    const zset = logs.find(({ log, entries }) => log === 'sorted set' && entries === each.entries) as LogFigures
    const beside = (which: 'allow' | 'expiring' | 'deny' | 'freshBytes' | 'peakBytes'): string =>
      each === zset ? figure(each[which]) : `${figure(each[which])} (${ratio(each[which], zset[which])})`
    return [
      figure(each.entries),
      each.log,
      beside('allow'),
      beside('expiring'),
      beside('deny'),
      beside('freshBytes'),
      beside('peakBytes'),
    ]
  })
}

/** The most that is wanted, of what is admitted and of what is refused. */
type Bound = number | { readonly ample: number; readonly spent: number }

/** A refusal of a bucket writes nothing in either script, so there is less to win. */
const ofBucket: Bound = { ample: 0.8, spent: 0.95 }

function scriptGoals(figures: ScriptFigures): Goal[] {
  const cost = (name: string, quota: 'ample' | 'spent'): number =>
    figures.costs.find(({ shape }) => shape.name === name && shape.quota === quota)?.cost ?? Number.NaN
  const compared = (id: string, what: string, bound: Bound, own: string, base: (quota: 'ample' | 'spent') => number) =>
    (['ample', 'spent'] as const).map(
      (quota): Goal => ({
        id,
        claim: `${what}, ${quota === 'ample' ? 'allow' : 'deny'}`,
        wanted: ['≤', typeof bound === 'number' ? bound : bound[quota]],
        unit: '×',
        measured: cost(own, quota) / base(quota),
      }),
    )
  const dearer = (quota: 'ample' | 'spent'): number =>
    Math.max(cost(shapeNames.bucket, quota), cost(shapeNames.window, quota))
  return [
    ...compared('R1', 'token bucket, to the hash', ofBucket, shapeNames.bucket, (quota) =>
      cost(shapeNames.hash, quota),
    ),
    ...compared('R1', 'token bucket, to that of @upstash/ratelimit', ofBucket, shapeNames.bucket, (quota) =>
      cost(shapeNames.upstash, quota),
    ),
    ...compared('R1', 'fixed window, to rate-limiter-flexible', 1.4, shapeNames.window, (quota) =>
      cost(shapeNames.flexible, quota),
    ),
    ...logGoals(figures.logs),
    {
      id: 'R1',
      claim: 'the longest script, thousand instructions',
      wanted: ['≤', longestKir],
      unit: '',
      measured: Math.round(Math.max(...figures.longest.map(({ cost }) => cost))),
    },
    ...compared('R4', 'two policies, to the dearer one alone', 1.5, shapeNames.two, dearer),
    ...compared('R4', 'two keys in one decision, to the dearer one alone', 1.5, shapeNames.twoKeys, dearer),
  ]
}

function logGoals(logs: readonly LogFigures[]): Goal[] {
  const own = logs.filter(({ log }) => log === 'sliding log')
  const zset = logs.filter(({ log }) => log === 'sorted set')
  const worst = (which: 'allow' | 'expiring' | 'deny' | 'peakBytes', from: readonly LogFigures[]): number =>
    Math.max(...from.map((each) => each[which] / (zset.find(({ entries }) => entries === each.entries)?.[which] ?? 0)))
  const cases = [
    ['allow', 'allow'],
    ['expiring', 'allow, one expires'],
    ['deny', 'deny'],
  ] as const
  const flat = cases.map(([which, what]): Goal => {
    const costs = own.map((each) => each[which])
    return {
      id: 'R1',
      claim: `sliding log, dearest to cheapest length, ${what}`,
      wanted: ['≤', 1.05],
      unit: '×',
      measured: Math.max(...costs) / Math.min(...costs),
    }
  })
  const beside = cases.map(
    ([which, what]): Goal => ({
      id: 'R1',
      claim: `sliding log, to the sorted set, ${what}, at worst`,
      wanted: ['≤', 1.3],
      unit: '×',
      measured: worst(which, own),
    }),
  )
  const long = own.filter(({ entries }) => entries >= 1000)
  const memory: Goal[] =
    long.length === 0
      ? []
      : [
          {
            id: 'R1',
            claim: 'sliding log, memory to the sorted set, from 1,000 entries on, at worst',
            wanted: ['≤', 0.4],
            unit: '×',
            measured: worst('peakBytes', long),
          },
        ]
  return [...flat, ...beside, ...memory]
}
