import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import { memoryContenders } from './contenders.ts'
import type { MemoryFigures } from './measure-memory.ts'
import { type TimedCase, timedCases } from './task.ts'

const byHand = 'the limit: a Map of two doubles, by hand'
const ours = 'sluice, token bucket'
const flexible = 'rate-limiter-flexible, Memory'
const peers = memoryContenders.filter(({ peer }) => peer !== undefined)

/** The tables of what was measured in memory, and the goals M1 to M3. */
export function reportMemory(figures: MemoryFigures): Report {
  const { times, bytes, counts } = figures
  const timeRows = memoryContenders.map(({ name }) => [
    name,
    ...timedCases.map((time) => {
      const own = times[time][name] as number
      return `${figure(own)} (${ratio(own, times[time][byHand] as number)})`
    }),
  ])
  const byteRows = memoryContenders.map(({ name }) => [
    name,
    ...(bytes[name] ?? []).map((each) => figure(Math.round(each))),
  ])
  const text = `
\`npx -y pnpm@12 bench memory\`. ${describeMachine(...peers.map(({ peer }) => installed(peer as string)))}

Nanoseconds a call, and the ratio to the limit: what is written by hand answers yes or no, rounds and forgets nothing; sluice
builds its full decision. Both read the wall clock once. All keys are known already, and taken in disorder. Each figure
is of a process in which nothing else has run.

${renderTable(['', ...timedCases], timeRows)}

Bytes a key, beyond the key itself.

${renderTable(['', ...counts.map((count) => `${figure(count)} keys`)], byteRows)}
`
  return { section: 'memory', text: text.trim(), goals: memoryGoals(figures) }
}

function memoryGoals({ times, bytes, counts, kept, cap }: MemoryFigures): Goal[] {
  const time = (name: string, which: TimedCase): number => times[which][name] as number
  const bounds: Readonly<Record<TimedCase, number>> = {
    'hot key, allow': 1.25,
    'hot key, deny': 1.25,
    '10 k keys': 1.15,
    '1 M keys': 1,
  }
  const limit = timedCases.map(
    (which): Goal => ({
      id: 'M1',
      claim: `time of the limit, ${which}`,
      wanted: ['≤', bounds[which]],
      unit: '×',
      measured: time(ours, which) / time(byHand, which),
    }),
  )
  const faster = (which: TimedCase, wanted: number): Goal => ({
    id: 'M2',
    claim: `faster than rate-limiter-flexible, ${which}`,
    wanted: ['≥', wanted],
    unit: '×',
    measured: time(flexible, which) / time(ours, which),
  })
  const fastest = timedCases.map(
    (which): Goal => ({
      id: 'M2',
      claim: `faster than the fastest peer, ${which}`,
      wanted: ['≥', 1],
      unit: '×',
      measured: Math.min(...peers.map(({ name }) => time(name, which))) / time(ours, which),
    }),
  )
  const small = counts.map(
    (count, i): Goal => ({
      id: 'M3',
      claim: `beyond the key string, at ${figure(count)} keys`,
      wanted: ['≤', 64],
      unit: ' B',
      measured: bytes[ours]?.[i] ?? Number.POSITIVE_INFINITY,
    }),
  )
  const capped: Goal = {
    id: 'M3',
    claim: `entries at most, with \`maxKeys\` of ${figure(cap)} and twice as many keys`,
    wanted: ['≤', cap],
    unit: '',
    measured: kept,
  }
  return [...limit, faster('hot key, allow', 5), faster('hot key, deny', 20), ...fastest, ...small, capped]
}
