import { join } from 'node:path'
import { startRedis } from '../../../../tooling/redis.ts'
import { type HelperProcess, startHelper } from '../helper-process.ts'
import { median } from '../median.ts'
import { progress } from '../progress.ts'
import { type ClientKind, clientKinds, connect, readInfo } from '../redis/connect.ts'
import { startProxy } from './proxy-process.ts'
import { type DistanceOutcome, type DistanceTask, type Sending, sendings } from './task.ts'

/** How many decisions are asked for in a second. */
export const paces = [50, 150, 500, 1000] as const

export type Pace = (typeof paces)[number]

/** How far away Redis is, there and back, in ms. */
export const awayMs = 20

/** What was found over one client at one pace: medians of all rounds, and of the ratios of merged to one by one. */
export interface DistanceCell extends Readonly<Record<Sending, DistanceOutcome>> {
  readonly medianRatio: number
  readonly p90Ratio: number
}

/** What was found of a Redis that is far away. */
export interface DistanceFigures {
  readonly version: string
  readonly rounds: number
  readonly clients: Readonly<Record<ClientKind, Readonly<Record<Pace, DistanceCell>>>>
}

type Helpers = Readonly<Record<Sending, HelperProcess<DistanceTask, DistanceOutcome>>>

interface Rounds {
  readonly rounds: number
  readonly forMs: number
}

/** Measures how long decisions take when Redis is far away, merged and one by one in turn. */
export async function measureDistance({ quick }: { readonly quick: boolean }): Promise<DistanceFigures> {
  const server = await startRedis()
  const proxy = await startProxy({ port: Number(new URL(server.url).port), oneWayMs: awayMs / 2 })
  try {
    const connected = await connect('ioredis', server.url)
    const version = await readInfo(connected, 'redis_version')
    connected.close()
    const pace = quick ? { rounds: 1, forMs: 200 } : { rounds: 7, forMs: 1400 }
    const clients: Partial<Record<ClientKind, DistanceFigures['clients'][ClientKind]>> = {}
    for (const kind of clientKinds) clients[kind] = await measureClient(kind, `redis://127.0.0.1:${proxy.port}`, pace)
    return { version, rounds: pace.rounds, clients: clients as DistanceFigures['clients'] }
  } finally {
    proxy.end()
    await server.stop()
  }
}

async function measureClient(kind: ClientKind, url: string, rounds: Rounds): Promise<Record<Pace, DistanceCell>> {
  const start = () => startHelper<DistanceTask, DistanceOutcome>(join(import.meta.dirname, 'helper.ts'))
  const helpers: Helpers = { merged: start(), 'one by one': start() }
  try {
    for (const open of sendings) {
      await helpers[open].ask({ open, kind, url })
      await helpers[open].ask({ perSecond: 500, forMs: 500, seed: 0 })
    }
    const cells: Partial<Record<Pace, DistanceCell>> = {}
    for (const perSecond of paces) {
      progress(`${kind}, ${awayMs} ms away: ${perSecond} decisions a second, ${rounds.rounds} rounds`)
      cells[perSecond] = await measureCell(helpers, perSecond, rounds)
    }
    return cells as Record<Pace, DistanceCell>
  } finally {
    for (const sending of sendings) helpers[sending].end()
  }
}

async function measureCell(helpers: Helpers, perSecond: Pace, { rounds, forMs }: Rounds): Promise<DistanceCell> {
  const found: Record<Sending, DistanceOutcome>[] = []
  for (let seed = 1; seed <= rounds; seed += 1) {
    const task = { perSecond, forMs, seed }
    const merged = await helpers.merged.ask(task)
    found.push({ merged, 'one by one': await helpers['one by one'].ask(task) })
  }
  const middle = (sending: Sending): DistanceOutcome => ({
    medianMs: median(found.map((round) => round[sending].medianMs)),
    p90Ms: median(found.map((round) => round[sending].p90Ms)),
  })
  return {
    merged: middle('merged'),
    'one by one': middle('one by one'),
    medianRatio: median(found.map(({ merged, 'one by one': alone }) => merged.medianMs / alone.medianMs)),
    p90Ratio: median(found.map(({ merged, 'one by one': alone }) => merged.p90Ms / alone.p90Ms)),
  }
}
