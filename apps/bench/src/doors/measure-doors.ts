import { join } from 'node:path'
import { startRedis } from '../../../../tooling/redis.ts'
import { type HelperProcess, startHelper } from '../helper-process.ts'
import { interleave } from '../interleave.ts'
import { progress } from '../progress.ts'
import { connect, readInfo } from '../redis/connect.ts'
import { pin } from '../redis/pin.ts'
import {
  type Framework,
  frameworkNames,
  type LimiterKind,
  type LoadTask,
  limiterKinds,
  type Place,
  places,
  type ServeTask,
  userField,
} from './task.ts'

/** Requests a second, by framework, place, and what stands before the handler. */
export interface DoorFigures {
  readonly rates: Readonly<Record<Framework, Rates>>
  readonly version: string
  readonly pinned: boolean
}

export type Rates = Readonly<Record<Place, Readonly<Record<LimiterKind, number>>>>

type Load = HelperProcess<LoadTask, number>

interface Sizes {
  readonly rounds: number
  readonly requests: number
}

interface Surroundings {
  readonly load: Load
  readonly redisUrl: string
  readonly sizes: Sizes
}

/** Measures the doors, one framework after the other: servers on one core, those who ask and Redis on another. */
export async function measureDoors({ quick }: { readonly quick: boolean }): Promise<DoorFigures> {
  const sizes = quick ? { rounds: 1, requests: 256 } : { rounds: 9, requests: 12_000 }
  const redis = await startRedis()
  const load = startHelper<LoadTask, number>(join(import.meta.dirname, 'load.ts'))
  try {
    const connected = await connect('ioredis', redis.url)
    const version = await readInfo(connected, 'redis_version')
    const pinned = pin(Number(await readInfo(connected, 'process_id')), 1) && pin(load.pid, 1)
    connected.close()
    const rates: Partial<Record<Framework, Rates>> = {}
    for (const framework of frameworkNames) {
      rates[framework] = await measureFramework(framework, { load, redisUrl: redis.url, sizes })
    }
    return { rates: rates as DoorFigures['rates'], version, pinned }
  } finally {
    load.end()
    await redis.stop()
  }
}

interface Served {
  readonly helper: HelperProcess<ServeTask, number>
  readonly url: string
}

/** All contenders of a framework are there at once, and stopped while another is measured. */
async function measureFramework(framework: Framework, { load, redisUrl, sizes }: Surroundings): Promise<Rates> {
  const { rounds, requests } = sizes
  const rates: Partial<Record<Place, Record<LimiterKind, number>>> = {}
  for (const place of places) {
    progress(`doors: ${framework}, ${place}, ${rounds} rounds of ${limiterKinds.length} contenders`)
    const served = new Map<LimiterKind, Served>()
    try {
      for (const limiter of limiterKinds) {
        served.set(limiter, await serve({ framework, limiter, ...(place === 'over Redis' && { redisUrl }) }))
      }
      await expectSameFields(framework, served)
      const measure = (limiter: LimiterKind): Promise<number> => {
        const { helper, url } = served.get(limiter) as Served
        return running(helper, () => load.ask({ url, requests }))
      }
      // Once, untold: what is called often is compiled by then.
      for (const limiter of limiterKinds) await measure(limiter)
      rates[place] = await interleave({ names: limiterKinds, rounds, measure })
    } finally {
      for (const { helper } of served.values()) helper.end()
    }
  }
  return rates as Rates
}

async function serve(task: ServeTask): Promise<Served> {
  const helper = startHelper<ServeTask, number>(join(import.meta.dirname, 'helper.ts'))
  pin(helper.pid, 0)
  try {
    return { helper, url: `http://127.0.0.1:${await helper.ask(task)}/` }
  } catch (error) {
    helper.end()
    throw error
  }
}

/** Lets a helper go on, which is stopped between its tasks, while something is done with its server. */
async function running<T>({ pid }: Served['helper'], act: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGCONT')
  try {
    return await act()
  } finally {
    process.kill(pid, 'SIGSTOP')
  }
}

/** That both limiters count, and tell it in the same fields; and that without one nothing is told. */
async function expectSameFields(framework: Framework, served: ReadonlyMap<LimiterKind, Served>): Promise<void> {
  const told: Partial<Record<LimiterKind, string>> = {}
  for (const [limiter, { helper, url }] of served) {
    told[limiter] = await running(helper, () => fieldsOf(url))
  }
  if (told.peer === told.sluice && told.peer !== '' && told['no limiter'] === '') return
  throw new Error(`Expected the limiters of ${framework} to write the same fields, got ${JSON.stringify(told)}`)
}

async function fieldsOf(url: string): Promise<string> {
  const { headers } = await fetch(url, { headers: { [userField]: 'ann', connection: 'close' } })
  return [...headers.keys()].filter((name) => name.includes('ratelimit')).join(', ')
}
