import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { storedKey } from '@sluice/redis-script'
import { redisHarness } from '@sluice/redis-script/conformance'
import { laws, type Subject } from '@sluice/testkit'
import { type ClockShim, clockShim } from './clock-shim.ts'
import type { Arena, Fault } from './fault.ts'
import { type Account, deadlineMs, type Load, load, processes, quota, spanMs } from './load.ts'
import { startProxy } from './proxy.ts'
import type { Server } from './server.ts'
import { type ClientKind, cluster, sentinel, standalone, type Topology, type TopologyKind } from './topology.ts'
import { until, wait } from './wait.ts'

/** What came of a fault. */
export interface Row {
  readonly fault: string
  readonly client: ClientKind
  readonly topology: TopologyKind
  readonly decisions: number
  readonly withoutStore: number
  readonly slowestMs: number
  /** The most that any key was admitted beyond its quota, and the most that it might have been. */
  readonly overAdmitted: number
  readonly allowed: number
  readonly countedAfterGivingUp: number
  readonly recoveredMs: number
  readonly heapBefore: number
  readonly heapAfter: number
  /** What did not hold. */
  readonly broken: readonly string[]
}

const prefix = 'fault'
const calmMs = 600

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = globSync('packages/algorithms/*/src/conformance.ts', { cwd: root }).sort()
const subjects = await Promise.all(
  files.map(async (file) => ((await import(join(root, file))) as { subject: Subject }).subject),
)

/** Runs a fault under load, and judges what came of it. `undefined` where it cannot be run on this machine. */
export async function run(
  fault: Fault,
  client: ClientKind,
  kind: TopologyKind,
  graceMs: number,
): Promise<Row | undefined> {
  const clock = fault.needs === 'clock' ? clockShim() : undefined
  if (fault.needs === 'clock' && clock === undefined) return undefined
  const broken: string[] = []
  const stumbled = (kind: string) => (error: unknown) => {
    broken.push(`I4: ${kind}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const listeners = {
    unhandledRejection: stumbled('unhandled rejection'),
    uncaughtException: stumbled('uncaught exception'),
    warning: (warning: Error) => {
      if (warning.name === 'MaxListenersExceededWarning') stumbled('listener leak')(warning)
    },
  }
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener)

  const topology = await open(kind, fault, clock)
  const server = topology.servers[0] as Server
  const proxy = await startProxy(server.port)
  const connected = await topology.connect(client, fault.needs === 'proxy' ? proxy.port : undefined)
  try {
    const traffic = load(connected.store({ prefix }))
    const keyOf = ({ algorithm, key }: Account): string =>
      storedKey(prefix, key, algorithm, 'default', formats[algorithm] as string)
    const arena: Arena = {
      client,
      topology,
      connected,
      load: traffic,
      holder: await topology.holder(keyOf(traffic.accounts[0] as Account)),
      proxy,
      clock: clock ?? noClock,
      graceMs,
      storedKey: (account) => keyOf(traffic.accounts[account] as Account),
      require: (what, holds) => {
        if (!holds) broken.push(what)
      },
    }

    traffic.start()
    await wait(calmMs)
    const heapBefore = await heap()
    const started = performance.now()
    await fault.inject(arena)
    const healed = performance.now()
    const recovered = (): boolean => traffic.accounts.every(({ decidedAt }) => decidedAt > healed)
    await until('the store to decide again', recovered, 15_000).catch((error: Error) =>
      broken.push(`I6: ${error.message}`),
    )
    const recoveredMs = Math.max(0, ...traffic.accounts.map(({ missedAt }) => missedAt - healed))
    await wait(calmMs)
    await traffic.stop()
    const heapAfter = await heap()

    const counted = await Promise.all(traffic.accounts.map(countedBy))
    const acknowledged = traffic.accounts.map((account) => account.acknowledged)
    await Promise.all(traffic.accounts.map((account) => drain(traffic, account)))
    const elapsed = performance.now() - started + 2 * calmMs
    const credit = Math.ceil((quota * elapsed) / spanMs) + 1

    const verdicts = traffic.accounts.map(({ algorithm, key, acknowledged, lost }) => {
      return { of: `${algorithm}, ${key}`, over: acknowledged - quota, allowed: fault.allowed.units + lost }
    })
    const worst = verdicts.reduce((a, b) => (b.over - b.allowed > a.over - a.allowed ? b : a))
    const late = counted.map((units, i) => units - (acknowledged[i] as number))
    const ambiguous = traffic.accounts.map((account) => account.ambiguous)
    const withoutStore = [...traffic.causes.values()].reduce((sum, n) => sum + n, 0)
    const { require } = arena
    for (const { of, over, allowed } of verdicts) {
      require(`I1: at most ${allowed} units beyond the quota, got ${over} (${of})`, over <= allowed + credit)
    }
    for (const { algorithm, key, local } of traffic.accounts) {
      require(`I1: at most ${quota / processes} units without the store, got ${local} (${algorithm}, ${key})`, local <=
        quota / processes + credit)
    }
    const limit = deadlineMs + graceMs + (fault.heldUpMs ?? 0)
    require(`I2: settled within ${limit} ms, got ${traffic.slowestMs.toFixed(0)}`, traffic.slowestMs <= limit)
    for (const stored of (await withoutExpiry(topology)).slice(0, 3)) require(`I3: an expiry for ${stored}`, false)
    require(`I5: the heap as before, ${mb(heapBefore)} MB, got ${mb(heapAfter)} MB`, heapAfter < heapBefore * 1.1 + 2e6)
    const recoversMs = fault.recoversMs ?? 5000
    require(`I6: recovered within ${recoversMs} ms, got ${recoveredMs.toFixed(0)}`, recoveredMs <= recoversMs)
    for (const [i, units] of late.entries()) {
      const most = fault.voids ? 0 : (ambiguous[i] as number)
      require(`I7: at most ${most} units counted after giving up, got ${units}`, units <= most)
      require(`I7: nothing acknowledged and not counted, got ${-units}`, fault.loses === true || units >= -credit)
    }
    for (const decision of traffic.absurd.slice(0, 3)) require(`I8: sane numbers, got ${decision}`, false)
    const causes = [...traffic.causes].map(([name, n]) => `${n} ${name}`).join(', ')
    if (fault.noticed === 'never') require(`every decision is the store's, got ${causes}`, withoutStore === 0)
    if (fault.noticed === undefined) require('some decisions are made without the store', withoutStore > 0)
    await lawful(arena, broken)
    return {
      fault: fault.name,
      client,
      topology: kind,
      decisions: traffic.decisions,
      withoutStore,
      slowestMs: traffic.slowestMs,
      overAdmitted: Math.max(0, worst.over),
      allowed: worst.allowed,
      countedAfterGivingUp: late.reduce((sum, units) => sum + Math.max(0, units), 0),
      recoveredMs,
      heapBefore,
      heapAfter,
      broken,
    }
  } finally {
    await connected.close()
    await proxy.stop()
    await topology.stop()
    clock?.remove()
    for (const [event, listener] of Object.entries(listeners)) process.off(event, listener)
  }
}

const formats: Readonly<Record<string, string>> = {
  'token-bucket': 'tb1',
  'leaky-bucket': 'lb1',
  'fixed-window': 'fw1',
  'sliding-log': 'sl1',
}

const noClock: ClockShim = { env: {}, set: () => {}, remove: () => {} }

function open(kind: TopologyKind, { settings = [] }: Fault, clock: ClockShim | undefined): Promise<Topology> {
  if (kind === 'sentinel') return sentinel()
  if (kind === 'cluster') return cluster()
  return standalone({ settings, env: clock?.env ?? {} })
}

/** What the store holds against a key. */
async function countedBy(account: Account): Promise<number> {
  return quota - (await leftOf(account))
}

/** What is left of a key; a server that is not asked as often as others are may still be left alone. */
async function leftOf({ limiter, key }: Account): Promise<number> {
  let decision = await limiter.peek(key)
  await until('the store to say what is left', async () => {
    if (decision.source !== 'store') decision = await limiter.peek(key)
    return decision.source === 'store'
  })
  return decision.remaining
}

/** Takes all that is left, so that whatever was admitted too much shows. */
async function drain(traffic: Load, account: Account): Promise<void> {
  for (;;) {
    const remaining = await leftOf(account)
    if (remaining === 0) return
    const decision = await account.limiter.consume(account.key, { cost: remaining })
    if (decision.source !== 'store') throw new Error(`Expected the store to decide, got ${decision.cause?.message}`)
    traffic.decisions += 1
    if (decision.allowed) account.acknowledged += remaining
  }
}

/** After collections between which what is weakly held can go, too. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.()
    await wait(0)
  }
  return process.memoryUsage().heapUsed
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

async function holders({ servers }: Topology): Promise<Server[]> {
  const roles = await Promise.all(servers.map(({ command }) => command('ROLE').catch(() => [])))
  return servers.filter((_, i) => (roles[i] as string[])[0] === 'master')
}

async function stored(server: Server, pattern: string): Promise<string[]> {
  const found: string[] = []
  let cursor = '0'
  do {
    const [next, keys] = (await server.command('SCAN', cursor, 'MATCH', pattern, 'COUNT', 10_000)) as [string, string[]]
    found.push(...keys)
    cursor = String(next)
  } while (cursor !== '0')
  return found
}

async function withoutExpiry(topology: Topology): Promise<string[]> {
  const lasting: string[] = []
  for (const server of await holders(topology)) {
    for (const key of await stored(server, `${prefix}:*`)) {
      if (Number(await server.command('PTTL', key)) === -1) lasting.push(key)
    }
  }
  return lasting
}

/** The laws still hold, over the same client. */
async function lawful({ connected, topology }: Arena, broken: string[]): Promise<void> {
  const masters = await holders(topology)
  const command = async (name: string, ...args: readonly string[]): Promise<unknown> => {
    if (name === 'SCAN') return ['0', (await Promise.all(masters.map((one) => stored(one, args[2] as string)))).flat()]
    if (name === 'EVAL') {
      const [script = '', , ...keys] = args
      const each = keys.map(async (key) => (await topology.holder(key)).command('EVAL', script, 1, key))
      return ((await Promise.all(each)) as unknown[][]).flat()
    }
    if (name === 'DEL') {
      return Promise.all(args.map(async (key) => (await topology.holder(key)).command('DEL', key)))
    }
    return (masters[0] as Server).command(name, ...args)
  }
  const harness = redisHarness({
    name: 'recovered',
    store: (options) => connected.store(options),
    command,
    close: async () => {},
  })
  for (const subject of subjects) {
    for (const law of laws) {
      await law.check({ subject, harness }, { numRuns: 1, seed: 20_261_123 }).catch((error: Error) => {
        broken.push(`law ${law.number} of the ${subject.name} after the fault: ${error.message.split('\n')[0]}`)
      })
    }
  }
}
