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
const compact = 'sluice, token bucket, compact store'
const flexible = 'rate-limiter-flexible, Memory'
const peers = memoryContenders.filter(({ peer }) => peer !== undefined)

/** The tables of what was measured in memory, and the goals M1 to M3. */
export function reportMemory(figures: MemoryFigures): Report {
  const { times, bytes, counts, tiers } = figures
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

\`limiter.with\` takes ${figure(tiers.first / 1000)} µs for each of ${figure(tiers.count)} tiers, one after the other, and ${figure(tiers.again / 1000)} µs for one that it remembers; all of them leave ${figure(tiers.bytes / 1e6)} MB behind, for a limiter remembers a thousand.
`
  return { section: 'memory', text: text.trim(), goals: memoryGoals(figures) }
}

/** A contender, a case, and how many times the limit's time it may take. */
const timesOfTheLimit: readonly (readonly [string, TimedCase, number])[] = [
  [ours, 'hot key, allow', 2],
  [ours, 'hot key, deny', 2],
  [ours, '10 k keys', 1.9],
  [ours, '10 k keys that expire between visits', 3],
  [compact, '1 M keys', 0.8],
]

/** A contender, at which of the counts, and how many bytes a key it may take. */
const bytesBeyondTheKey: readonly (readonly [string, number, number])[] = [
  [ours, 0, 120],
  [compact, 0, 64],
  [compact, 1, 64],
]

function memoryGoals({ times, bytes, counts, kept, cap, tiers }: MemoryFigures): Goal[] {
  const time = (name: string, which: TimedCase): number => times[which][name] as number
  const limit = timesOfTheLimit.map(
    ([name, which, wanted]): Goal => ({
      id: 'M1',
      claim: `time of the limit, ${name === compact ? 'compact store, ' : ''}${which}`,
      wanted: ['≤', wanted],
      unit: '×',
      measured: time(name, which) / time(byHand, which),
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
  const small = bytesBeyondTheKey.map(
    ([name, at, wanted]): Goal => ({
      id: 'M3',
      claim: `beyond the key string, ${name === compact ? 'compact store, ' : ''}at ${figure(counts[at] as number)} keys`,
      wanted: ['≤', wanted],
      unit: ' B',
      measured: bytes[name]?.[at] ?? Number.POSITIVE_INFINITY,
    }),
  )
  const capped: Goal = {
    id: 'M3',
    claim: `entries at most, with \`maxKeys\` of ${figure(cap)} and twice as many keys`,
    wanted: ['≤', cap],
    unit: '',
    measured: kept,
  }
  const tier: Goal = {
    id: 'M4',
    claim: `\`limiter.with\`, for each of ${figure(tiers.count)} tiers`,
    wanted: ['≤', 10],
    unit: ' µs',
    measured: tiers.first / 1000,
  }
  const left: Goal = {
    id: 'M4',
    claim: `what ${figure(tiers.count)} tiers leave behind`,
    wanted: ['≤', 4],
    unit: ' MB',
    measured: tiers.bytes / 1e6,
  }
  return [...limit, faster('hot key, allow', 3), faster('hot key, deny', 12), ...fastest, ...small, capped, tier, left]
}
