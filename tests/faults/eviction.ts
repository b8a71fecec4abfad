import { createLimiter, type Limiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { scriptStore, storedKey } from '@sluice/redis-script'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import type { Arena, Fault } from './fault.ts'
import { prefix, quota, spanMs } from './load.ts'

/** What a full server does, and what then holds. */
interface Eviction {
  readonly policy: string
  /** Whoever was asked for more than once is never forgotten. */
  readonly keeps?: true
  /** It counts how often a key is used, and with this setting it never counts less again: half an hour may pass before the flood. */
  readonly settings?: readonly string[]
  /** It evicts nothing: what cannot be stored is decided without the store. */
  readonly refuses?: true
}

const evictions: readonly Eviction[] = [
  { policy: 'noeviction', keeps: true, refuses: true },
  { policy: 'volatile-lfu', keeps: true, settings: ['--lfu-decay-time', '0'] },
  { policy: 'allkeys-lfu', keeps: true, settings: ['--lfu-decay-time', '0'] },
  { policy: 'volatile-ttl' },
  { policy: 'volatile-lru' },
  { policy: 'allkeys-lru' },
  { policy: 'volatile-random' },
  { policy: 'allkeys-random' },
]

const capacity = 20
const perSecond = 10
const daily = 300
/** Lifetimes of seconds, of an hour, of a day. */
const policies = {
  burst: tokenBucket({ capacity, refill: perSecond, per: '1s' }),
  hourly: tokenBucket({ capacity: 200, refill: 200, per: '1h' }),
  daily: fixedWindow({ limit: daily, window: '1d', align: 'first-request' }),
}
const limiterName = 'several'

const heavy = ['heavy:1', 'heavy:2', 'heavy:3']
const idle = Array.from({ length: 50 }, (_, i) => `idle:${i}`)
const idleUsed = 20
const idleMs = 1_800_000
const turns = 1500

/** A flood of other keys on a server that is full, under each of its eviction policies. */
export const evictionFaults: readonly Fault[] = evictions.map((eviction) => ({
  name: `full of other keys, several policies, ${eviction.policy}`,
  topologies: ['standalone'],
  noticed: 'perhaps',
  // The flood keeps the process busy, too.
  heldUpMs: 150,
  ...(eviction.settings !== undefined && { settings: eviction.settings, needs: 'clock' }),
  ...((eviction.keeps !== true || eviction.settings !== undefined) && { loses: true }),
  allowed: allowedBy(eviction),
  inject: (arena) => flood(arena, eviction),
}))

function allowedBy({ keeps, settings }: Eviction): Fault['allowed'] {
  if (keeps === undefined) {
    return {
      units: 0,
      because: 'whoever is evicted is forgotten: a quota more for each time; a refund may then be given twice',
    }
  }
  if (settings === undefined) return { units: 0, because: 'nothing is lost' }
  return { units: Math.ceil((quota * idleMs) / spanMs), because: 'half an hour is credited' }
}

async function flood(arena: Arena, { policy, keeps, refuses, settings }: Eviction): Promise<void> {
  const { holder, connected, load, clock, require } = arena
  const several = createLimiter({ name: limiterName, policies, store: connected.store({ prefix }), deadline: '10s' })
  const evicted = await evictionsOf(holder.url)
  await holder.command('CONFIG', 'SET', 'maxmemory-policy', policy)
  const used = Number(/used_memory:(\d+)/.exec(String(await holder.command('INFO', 'memory')))?.[1])
  await holder.command('CONFIG', 'SET', 'maxmemory', used + 5_000_000)

  let others = 0
  const ask = (howMany: number): Promise<unknown>[] =>
    Array.from({ length: howMany }, () => {
      others += 1
      return several.consume(`other:${others}`)
    })
  for (let i = 0; i < 100; i += 1) await Promise.all(ask(64))
  for (let i = 0; i < idleUsed; i += 1) await Promise.all(idle.map((key) => several.consume(key)))
  if (settings !== undefined) clock.set(idleMs)
  const refund = await refundOnce(holder.url)

  const [admitted, local] = [new Map<string, number>(), new Map<string, number>()]
  const started = performance.now()
  for (let i = 0; i < turns; i += 1) {
    const asked = heavy.map(async (key) => {
      const { allowed, source } = await several.consume(key)
      const tally = source === 'store' ? admitted : local
      if (allowed) tally.set(key, (tally.get(key) ?? 0) + 1)
    })
    await Promise.all([...asked, ...ask(16)])
  }
  const elapsedMs = performance.now() - started

  for (const key of heavy) {
    const times = evicted.times(storedKey(prefix, key, limiterName, 'burst', policies.burst.format))
    const envelope = capacity + Math.ceil((perSecond * elapsedMs) / 1000)
    const most = envelope + capacity * times
    const [byStore, byProcess] = [admitted.get(key) ?? 0, local.get(key) ?? 0]
    require(`I1: ${key}, forgotten ${times} times, is admitted at most ${most} by the store, got ${byStore}`, byStore <=
      most)
    require(`I1: ${key} is admitted at most ${envelope} without the store, got ${byProcess}`, byProcess <= envelope)
    if (keeps) require(`${key} is forgotten by nobody, got ${times} times`, times === 0)
  }
  const count = evicted.total()
  require(`keys are evicted, got ${count}`, refuses ? count === 0 : count > turns)
  if (keeps) await remembers(several, require)
  const isReceiptGone = evicted.times(`${refund.stored}:refunds`) > 0
  const given = await refund.again()
  require(`a refund that is sent again gives nothing, got ${given}`, given === 0 || (isReceiptGone && !keeps))
  if (!keeps) load.lose()
  evicted.stop()
  await holder.command('CONFIG', 'SET', 'maxmemory', '0')
}

/** Whoever consumed before the flood, and did nothing since, has still consumed it. */
async function remembers(limiter: Limiter, require: Arena['require']): Promise<void> {
  const decisions = await Promise.all(idle.map((key) => limiter.peek(key)))
  const left = decisions
    .filter(({ source }) => source === 'store')
    .map((decision) => decision.policies.daily?.remaining)
  const forgotten = left.filter((remaining) => remaining !== daily - idleUsed).length
  require(`of ${left.length} who were idle meanwhile none is forgotten, got ${forgotten}`, forgotten === 0)
}

/** Says which keys the server evicts, and how often. */
async function evictionsOf(url: string) {
  const counts = new Map<string, number>()
  const listener = new Redis(url)
  listener.on('message', (_, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1))
  await listener.config('SET', 'notify-keyspace-events', 'Ee')
  await listener.subscribe('__keyevent@0__:evicted')
  return {
    times: (key: string): number => counts.get(key) ?? 0,
    total: (): number => [...counts.values()].reduce((sum, times) => sum + times, 0),
    stop: (): void => listener.disconnect(),
  }
}

/** Gives back once; `again` does what a client does that lost the reply, and says how much more that gave. */
async function refundOnce(url: string) {
  const client = new Redis(url)
  let sent: readonly [sha: string, keys: readonly string[], args: readonly string[]] | undefined
  const store = scriptStore(
    {
      evalsha: (sha, keys, args) => {
        sent = [sha, keys, args]
        return client.evalsha(sha, keys.length, ...keys, ...args)
      },
      eval: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
    },
    { prefix },
  )
  const policy = policies.daily
  const limiter = createLimiter({ name: 'refunded', policy, store, deadline: '1h', failure: 'local' })
  const key = 'refunded:1'
  for (let i = 0; i < idleUsed; i += 1) await limiter.consume(key)
  await limiter.refund(key, { cost: 5 })
  const [sha, keys, args] = sent as NonNullable<typeof sent>
  return {
    stored: storedKey(prefix, key, 'refunded', 'default', policy.format),
    async again(): Promise<number> {
      const before = await limiter.peek(key)
      await client.evalsha(sha, keys.length, ...keys, ...args).catch(() => {})
      const after = await limiter.peek(key)
      client.disconnect()
      return before.source === 'store' && after.source === 'store' ? after.remaining - before.remaining : 0
    },
  }
}
