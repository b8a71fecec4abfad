import { figure, ratio } from '../figure.ts'
import type { Goal } from '../goal.ts'
import { describeMachine, installed } from '../machine.ts'
import { type Row, renderTable } from '../render-table.ts'
import type { Report } from '../write-report.ts'
import { type ClientKind, clientKinds } from './connect.ts'
import { contendersOver, redisContenders } from './contenders.ts'
import { type Cell, keySets, type Load, loads, type RedisFigures } from './measure-redis.ts'
import type { Keys } from './task.ts'

const labels: Readonly<Record<ClientKind, string>> = { ioredis: 'ioredis', redis: 'node-redis' }
const merged = 'sluice, merged'
const alone = 'sluice, one by one'
const bare = 'bare EVALSHA'

/** The tables of what was measured over Redis, and the goals R2 and R3. */
export function reportRedis(figures: RedisFigures): Report {
  const peers = new Set(redisContenders.flatMap(({ peer }) => (peer === undefined ? [] : [peer])))
  const machine = describeMachine(`redis-server ${figures.version}`, ...[...clientKinds, ...peers].map(installed))
  const cores = figures.pinned
    ? 'the client on one core and Redis on another'
    : 'the client and Redis wherever they happen to run'
  const text = `
\`npx -y pnpm@12 bench redis\`. ${machine}

A closed loop over one connection on loopback, ${cores}: so many
callers, each of whom asks again as soon as it is answered. Thousands of decisions a second, and the ratio to the best peer
over the same client. Ours with one policy is a token bucket; with two, a token bucket and a fixed window, all or nothing;
for two limiters peers make two calls. The scripts of @upstash/ratelimit run without their first line, which no stock Redis
understands, and without its timer and its cache.

${clientKinds.flatMap((kind) => keySets.map((keys) => rateTable(figures, kind, keys))).join('\n\n')}

Median time to the answer, in µs, with one decision in flight, and CPU time of the client's process for each decision, in µs,
with its ratio to a bare EVALSHA; 10 k keys.

${clientKinds.map((kind) => costTable(figures, kind)).join('\n\n')}
`
  return { section: 'redis', text: text.trim(), goals: clientKinds.flatMap((kind) => redisGoals(figures, kind)) }
}

function rateTable(figures: RedisFigures, kind: ClientKind, keys: Keys): string {
  const rows = contendersOver(kind).map(
    ({ name }): Row => [
      name,
      ...loads.map((load) => {
        const { rate } = cell(figures, kind, keys, load, name)
        return `${figure(rate / 1000)} (${ratio(rate, bestPeer(figures, kind, keys, load))})`
      }),
    ],
  )
  return renderTable([`${labels[kind]}, ${keys}`, ...loads.map((load) => `${load} in flight`)], rows)
}

function costTable(figures: RedisFigures, kind: ClientKind): string {
  const cpu = (name: string, load: Load): string => {
    const own = cell(figures, kind, '10 k keys', load, name).cpuUs
    return `${figure(own)} (${ratio(own, cell(figures, kind, '10 k keys', load, bare).cpuUs)})`
  }
  const rows = contendersOver(kind).map(
    ({ name }): Row => [name, figure(cell(figures, kind, '10 k keys', 1, name).p50Us), cpu(name, 1), cpu(name, 32)],
  )
  return renderTable([labels[kind], 'median', 'CPU, 1 in flight', 'CPU, 32 in flight'], rows)
}

function redisGoals(figures: RedisFigures, kind: ClientKind): Goal[] {
  const cpu = (name: string, load: Load): Goal => ({
    id: 'R2',
    claim: `CPU time of a bare EVALSHA, ${labels[kind]}, ${name}, ${load} in flight`,
    wanted: ['≤', 1.15],
    unit: '×',
    measured: cell(figures, kind, '10 k keys', load, name).cpuUs / cell(figures, kind, '10 k keys', load, bare).cpuUs,
  })
  const timers: Goal = {
    id: 'R2',
    // One for all deadlines of a limiter, none for each call.
    claim: `timers made by a hundred decisions, more than by as many bare EVALSHAs, ${labels[kind]}`,
    wanted: ['≤', 1],
    unit: '',
    measured: figures.clients[kind].timers,
  }
  const faster = (keys: Keys, load: Load, wanted: number): Goal => ({
    id: 'R3',
    claim: `merged, to the best peer, ${labels[kind]}, ${keys}, ${load} in flight`,
    wanted: ['≥', wanted],
    unit: '×',
    measured: cell(figures, kind, keys, load, merged).rate / bestPeer(figures, kind, keys, load),
  })
  const noSlower = (load: Load): Goal => ({
    id: 'R3',
    claim: `merged, to one by one, ${labels[kind]}, 10 k keys, ${load} in flight`,
    wanted: ['≥', 1],
    unit: '×',
    measured: cell(figures, kind, '10 k keys', load, merged).rate / cell(figures, kind, '10 k keys', load, alone).rate,
  })
  const [at256, at1000] = kind === 'ioredis' ? [1.5, 3] : [2.5, 5]
  return [
    cpu(merged, 1),
    cpu(alone, 1),
    cpu(alone, 32),
    timers,
    faster('10 k keys', 256, at256),
    faster('10 k keys', 1000, at1000),
    faster('hot key', 256, 10),
    faster('hot key', 1000, 20),
    noSlower(1),
    noSlower(32),
  ]
}

function bestPeer(figures: RedisFigures, kind: ClientKind, keys: Keys, load: Load): number {
  const rivals = contendersOver(kind).filter(({ rival }) => rival)
  return Math.max(...rivals.map(({ name }) => cell(figures, kind, keys, load, name).rate))
}

function cell({ clients }: RedisFigures, kind: ClientKind, keys: Keys, load: Load, name: string): Cell {
  return clients[kind].cells[keys][load][name] as Cell
}
