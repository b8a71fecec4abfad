import { largestLimit } from '@sluice/sliding-log'
import { progress } from '../progress.ts'
import type { Connected } from '../redis/connect.ts'
import type { CountedRedis } from './callgrind.ts'
import { type LogContender, type LogQuota, logContenders } from './logs.ts'

/** What a log costs when it holds so many entries: thousands of instructions a call, and bytes. */
export interface LogFigures {
  readonly log: LogContender['name']
  readonly entries: number
  readonly allow: number
  readonly expiring: number
  readonly deny: number
  /** With nothing that has expired in it. */
  readonly freshBytes: number
  /** The most while entries come and go. */
  readonly peakBytes: number
}

/** Where the log's time starts: far from 0, as real dates are. */
const epoch = 1_700_000_000_000
const hourMs = 3_600_000

/** Measures both logs at each length. */
export async function measureLogs(
  redis: CountedRedis,
  connected: Connected,
  calls: number,
  lengths: readonly number[],
): Promise<readonly LogFigures[]> {
  const figures: LogFigures[] = []
  for (const entries of lengths) {
    for (const log of await logContenders(connected)) {
      progress(`scripts: ${log.name} with ${entries} entries`)
      figures.push(await measureLog(redis, connected, log, entries, calls))
    }
  }
  return figures
}

async function measureLog(
  redis: CountedRedis,
  connected: Connected,
  log: LogContender,
  entries: number,
  calls: number,
): Promise<LogFigures> {
  const full: LogQuota = { limit: entries, windowMs: hourMs }
  const key = `log-${entries}`
  await fill(log, key, entries, hourMs)
  const stored = await findKey(connected, key)
  const freshBytes = await usage(connected, stored)
  const deny = await counted(redis, calls, () => log.consume(key, epoch + entries, full), 'refuse')
  const allow = await measureAllow(redis, connected, log, key, entries, calls)

  // As long a window as there are entries, one each ms: with each call one leaves and one comes.
  const steady: LogQuota = { limit: entries, windowMs: entries }
  // A log of its own: what a longer window holds would stay.
  const steadyKey = `steady-${entries}`
  await fill(log, steadyKey, entries, steady.windowMs)
  let now = epoch + entries - 1
  const churn = (): Promise<boolean> => {
    now += 1
    return log.consume(steadyKey, now, steady)
  }
  const turn = log.name === 'sliding log' ? entries + 128 : 0
  const expiring = await counted(redis, Math.max(calls, turn), churn, 'admit')
  const peakBytes = await peak(connected, await findKey(connected, steadyKey), churn, turn)
  await connected.send(['FLUSHALL'])
  return { log: log.name, entries, allow, expiring, deny, freshBytes, peakBytes }
}

/** One entry each ms, up to so many. */
async function fill(log: LogContender, key: string, entries: number, windowMs: number): Promise<void> {
  const quota: LogQuota = { limit: largestLimit, windowMs }
  for (let i = 0; i < entries; i += 1) await log.consume(key, epoch + i, quota)
}

/**
 * Admitting makes a log longer. So it is done on several copies, a few times each: a log grows by a tenth at most. At the
 * largest limit there is no room, and it starts a tenth below.
 */
async function measureAllow(
  redis: CountedRedis,
  connected: Connected,
  log: LogContender,
  key: string,
  entries: number,
  calls: number,
): Promise<number> {
  const quota: LogQuota = { limit: largestLimit, windowMs: hourMs }
  const each = Math.min(calls, Math.max(1, Math.floor(entries / 10)))
  const copies = Math.ceil(calls / each)
  const source = `${key}-source`
  await fill(log, source, Math.min(entries, largestLimit - each) - 1, hourMs)
  const stored = await findKey(connected, source)
  for (let copy = 0; copy < copies; copy += 1) {
    await connected.send(['COPY', stored, stored.replace(source, `${key}-${copy}`)])
    // A copy has no room to grow; what was grown has.
    await log.consume(`${key}-${copy}`, epoch + entries, quota)
  }
  let call = 0
  return counted(
    redis,
    copies * each,
    () => {
      call += 1
      return log.consume(`${key}-${call % copies}`, epoch + entries + call, quota)
    },
    'admit',
  )
}

async function counted(
  redis: CountedRedis,
  calls: number,
  call: () => Promise<boolean>,
  expected: 'admit' | 'refuse',
): Promise<number> {
  const total = await redis.count(async () => {
    for (let i = 0; i < calls; i += 1) {
      if ((await call()) !== (expected === 'admit')) throw new Error(`Expected the log to ${expected}, it did not`)
    }
  })
  return total / calls / 1000
}

async function peak(
  connected: Connected,
  stored: string,
  churn: () => Promise<boolean>,
  turn: number,
): Promise<number> {
  let most = await usage(connected, stored)
  for (let i = 0; i < turn; i += 1) {
    await churn()
    if (i % 64 === 0) most = Math.max(most, await usage(connected, stored))
  }
  return most
}

async function usage({ send }: Connected, stored: string): Promise<number> {
  return Number(await send(['MEMORY', 'USAGE', stored, 'SAMPLES', '0']))
}

async function findKey({ send }: Connected, key: string): Promise<string> {
  const found = (await send(['KEYS', `*{${key}}*`])) as readonly string[]
  if (found.length !== 1) throw new Error(`Expected one stored key for ${key}, got ${found.length}`)
  return found[0] as string
}
