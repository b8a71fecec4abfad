import { progress } from '../progress.ts'
import { connect } from '../redis/connect.ts'
import { countedRedis, valgrindVersion } from './callgrind.ts'
import { type LogFigures, measureLogs } from './measure-logs.ts'
import { type LongScript, measureLongest } from './measure-longest.ts'
import { type Shape, shapes } from './shapes.ts'

/** What was found: thousands of instructions a decision. */
export interface ScriptFigures {
  readonly version: string
  readonly valgrind: string
  readonly calls: number
  readonly costs: readonly { readonly shape: Shape; readonly cost: number }[]
  readonly logs: readonly LogFigures[]
  readonly longest: readonly LongScript[]
}

/** Counts the server's instructions for all shapes and logs. */
export async function measureScripts({ quick }: { readonly quick: boolean }): Promise<ScriptFigures> {
  const valgrind = valgrindVersion()
  const calls = quick ? 50 : 1000
  const redis = await countedRedis()
  const connected = await connect('ioredis', redis.url)
  try {
    const costs: { shape: Shape; cost: number }[] = []
    for (const shape of shapes) {
      progress(`scripts: ${shape.name}, ${shape.quota}`)
      const call = await shape.prepare(connected)
      const times = Math.ceil(calls / shape.decisions ** 0.5)
      for (let i = 0; i < 10; i += 1) await call(i)
      const total = await redis.count(async () => {
        for (let i = 0; i < times; i += 1) await call(i)
      })
      costs.push({ shape, cost: total / times / shape.decisions / 1000 })
      await connected.send(['FLUSHALL'])
    }
    const logs = await measureLogs(redis, connected, calls, quick ? [10, 100] : [10, 100, 1000, 10_000])
    const longest = await measureLongest(redis, connected)
    return { version: redis.version, valgrind, calls, costs, logs, longest }
  } finally {
    connected.close()
    await redis.stop()
  }
}
