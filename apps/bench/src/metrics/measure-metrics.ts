import { join } from 'node:path'
import { startRedis } from '../../../../tooling/redis.ts'
import { type HelperProcess, startHelper } from '../helper-process.ts'
import { interleave } from '../interleave.ts'
import { progress } from '../progress.ts'
import { connect, readInfo } from '../redis/connect.ts'
import { pin } from '../redis/pin.ts'
import { type Listener, listeners, type MetricsTask } from './task.ts'

/** How many callers ask at the same time. */
export const loads = [32, 256] as const

export type Load = (typeof loads)[number]

/** What was found, by listener. */
export interface MetricsFigures {
  /** ns a decision in memory, on a hot key. */
  readonly memory: Readonly<Record<Listener, number>>
  /** Decisions a second over Redis. */
  readonly redis: Readonly<Record<Load, Readonly<Record<Listener, number>>>>
  readonly version: string
  readonly pinned: boolean
}

type Helper = HelperProcess<MetricsTask, number>

/** Measures what it costs to listen: in memory each time in a fresh process, over Redis on a server of its own. */
export async function measureMetrics({ quick }: { readonly quick: boolean }): Promise<MetricsFigures> {
  const memory = await inMemory(quick ? 1 : 9, quick ? 20 : 400)
  const server = await startRedis()
  try {
    const connected = await connect('ioredis', server.url)
    const version = await readInfo(connected, 'redis_version')
    const pinned = pin(Number(await readInfo(connected, 'process_id')), 1)
    connected.close()
    return { memory, redis: await overRedis(server.url, quick ? 1 : 15, quick ? 40 : 400), version, pinned }
  } finally {
    await server.stop()
  }
}

function inMemory(rounds: number, forMs: number): Promise<Record<Listener, number>> {
  progress(`metrics: in memory, ${rounds} rounds of ${listeners.length} listeners`)
  const measure = async (listener: Listener): Promise<number> => {
    const helper = start()
    try {
      return await helper.ask({ listener, forMs })
    } finally {
      helper.end()
    }
  }
  return interleave({ names: listeners, rounds, measure })
}

async function overRedis(redisUrl: string, rounds: number, forMs: number): Promise<MetricsFigures['redis']> {
  const helpers = new Map<Listener, Helper>()
  try {
    for (const listener of listeners) {
      const helper = start()
      helpers.set(listener, helper)
      await helper.ask({ listener, redisUrl, inFlight: 256, forMs: 4 * forMs })
      pin(helper.pid, 0)
    }
    const rates: Partial<Record<Load, Record<Listener, number>>> = {}
    for (const inFlight of loads) {
      progress(`metrics: over Redis, ${inFlight} in flight, ${rounds} rounds of ${listeners.length} listeners`)
      const measure = (listener: Listener): Promise<number> =>
        (helpers.get(listener) as Helper).ask({ listener, redisUrl, inFlight, forMs })
      rates[inFlight] = await interleave({ names: listeners, rounds, measure })
    }
    return rates as MetricsFigures['redis']
  } finally {
    for (const helper of helpers.values()) helper.end()
  }
}

function start(): Helper {
  return startHelper<MetricsTask, number>(join(import.meta.dirname, 'helper.ts'))
}
