import { join } from 'node:path'
import { startRedis } from '../../../../tooling/redis.ts'
import { type HelperProcess, startHelper } from '../helper-process.ts'
import { median } from '../median.ts'
import { progress } from '../progress.ts'
import { type ClientKind, clientKinds, connect, readInfo } from './connect.ts'
import { contendersOver } from './contenders.ts'
import { pin } from './pin.ts'
import type { Keys, RedisOutcome, RedisTask } from './task.ts'

/** How many callers ask at the same time. */
export const loads = [1, 32, 256, 1000] as const

export type Load = (typeof loads)[number]

/** The keys of each load, one set after the other. */
export const keySets: readonly Keys[] = ['10 k keys', 'hot key']

/** The medians of one contender under one load. */
export type Cell = Omit<RedisOutcome, 'timers'>

/** What was found over one client: by keys, load and contender. */
export interface ClientFigures {
  readonly cells: Readonly<Record<Keys, Readonly<Record<Load, Readonly<Record<string, Cell>>>>>>
  /** Timers made in the course of a hundred of our decisions, more than in as many bare EVALSHAs. */
  readonly timers: number
}

/** What was found over Redis. */
export interface RedisFigures {
  readonly version: string
  readonly pinned: boolean
  readonly clients: Readonly<Record<ClientKind, ClientFigures>>
}

type Helper = HelperProcess<RedisTask, RedisOutcome>

interface Pace {
  readonly rounds: number
  readonly forMs: number
}

/** Measures all contenders over both clients, each in a process of its own, on a server of its own on loopback. */
export async function measureRedis({ quick }: { readonly quick: boolean }): Promise<RedisFigures> {
  const server = await startRedis()
  try {
    const connected = await connect('ioredis', server.url)
    const version = await readInfo(connected, 'redis_version')
    const pinned = pin(Number(await readInfo(connected, 'process_id')), 1)
    connected.close()

    const pace = quick ? { rounds: 1, forMs: 40 } : { rounds: 9, forMs: 250 }
    const clients: Partial<Record<ClientKind, ClientFigures>> = {}
    for (const kind of clientKinds) clients[kind] = await measureClient(kind, server.url, pace)
    return { version, pinned, clients: clients as RedisFigures['clients'] }
  } finally {
    await server.stop()
  }
}

async function measureClient(kind: ClientKind, url: string, pace: Pace): Promise<ClientFigures> {
  const helpers = new Map<string, Helper>()
  try {
    progress(`${kind}: warming up`)
    for (const { name } of contendersOver(kind)) {
      const helper = startHelper<RedisTask, RedisOutcome>(join(import.meta.dirname, 'helper.ts'))
      helpers.set(name, helper)
      await helper.ask({ open: name, kind, url })
      pin(helper.pid, 0)
      // A lone decision may take other code than those that share a script: both are warm before either is measured.
      for (const inFlight of [32, 1]) await helper.ask({ load: '10 k keys', inFlight, forMs: 8 * pace.forMs })
    }
    const cells = await measureCells(kind, helpers, pace)
    const timersOf = async (name: string): Promise<number> => {
      const { timers } = await (helpers.get(name) as Helper).ask({ timersOf: 100 })
      return timers
    }
    const timers = (await timersOf('sluice, one by one')) - (await timersOf('bare EVALSHA'))
    return { cells, timers }
  } finally {
    for (const helper of helpers.values()) helper.end()
  }
}

async function measureCells(
  kind: ClientKind,
  helpers: Map<string, Helper>,
  pace: Pace,
): Promise<ClientFigures['cells']> {
  const cells: Partial<Record<Keys, Partial<Record<Load, Record<string, Cell>>>>> = {}
  for (const keys of keySets) {
    cells[keys] = {}
    for (const inFlight of loads) {
      progress(`${kind}: ${keys}, ${inFlight} in flight, ${pace.rounds} rounds of ${helpers.size} contenders`)
      cells[keys][inFlight] = await measureCell(helpers, { load: keys, inFlight, forMs: pace.forMs }, pace.rounds)
    }
  }
  return cells as ClientFigures['cells']
}

type LoadTask = Extract<RedisTask, { readonly load: Keys }>

/** The medians of some rounds, after one for warming up. */
async function measureCell(
  helpers: Map<string, Helper>,
  task: LoadTask,
  rounds: number,
): Promise<Record<string, Cell>> {
  const found = new Map<string, RedisOutcome[]>([...helpers.keys()].map((name) => [name, []]))
  for (const helper of helpers.values()) await helper.ask(task)
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, helper] of helpers) found.get(name)?.push(await helper.ask(task))
  }
  return Object.fromEntries([...found].map(([name, outcomes]) => [name, middle(outcomes)]))
}

function middle(outcomes: readonly RedisOutcome[]): Cell {
  return {
    rate: median(outcomes.map(({ rate }) => rate)),
    cpuUs: median(outcomes.map(({ cpuUs }) => cpuUs)),
    p50Us: median(outcomes.map(({ p50Us }) => p50Us)),
  }
}
