import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { redisHarness } from '@sluice/redis-script/conformance'
import { laws, type Subject } from '@sluice/testkit'
import { type ClockShim, clockShim } from './clock-shim.ts'
import { keptTooLong, masters, stored } from './expiry.ts'
import type { Arena, Fault } from './fault.ts'
import { excess, judge, late } from './judge.ts'
import { type Account, type Load, load, prefix, spanMs } from './load.ts'
import { startProxies } from './proxy.ts'
import type { Server } from './server.ts'
import { type ClientKind, cluster, sentinel, standalone, type Topology, type TopologyKind } from './topology.ts'
import { until, wait } from './wait.ts'
import { watch } from './watch.ts'

/** What came of a fault. */
export interface Row {
  readonly fault: string
  readonly client: ClientKind
  readonly topology: TopologyKind
  readonly decisions: number
  readonly refused: number
  readonly refunds: number
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
  const needsClock = fault.needs?.includes('clock') === true
  const clock = needsClock ? clockShim() : undefined
  if (needsClock && clock === undefined) return undefined
  const broken: string[] = []
  const require = (what: string, holds: boolean): void => {
    if (!holds) broken.push(what)
  }

  const watching = watch()
  const topology = await open(kind, fault, clock)
  const proxy = await startProxies(topology.servers.map(({ port }) => port))
  const connected = await topology.connect(client, fault.needs?.includes('proxy') ? { through: proxy.through } : {})
  try {
    const store = connected.store({ prefix })
    const setsBackMs = fault.setsBackMs ?? 0
    const traffic = load({
      store,
      onEvent: watching.onEvent,
      // Two windows, where those of before still count by their share.
      longestMs: 2 * spanMs + setsBackMs,
      loses: fault.loses === true,
      voids: fault.voids === true,
    })
    const keyOf = (account: number): string => (traffic.accounts[account] as Account).storedKey
    const arena: Arena = {
      client,
      topology,
      connected,
      store,
      load: traffic,
      watch: watching,
      holder: await topology.holder(keyOf(0)),
      proxy,
      clock: clock ?? noClock,
      graceMs,
      storedKey: keyOf,
      require,
    }

    await traffic.start()
    await wait(calmMs)
    const [heapBefore, listenersBefore] = [await heap(), connected.listeners()]
    const started = performance.now()
    await fault.inject(arena)
    const healed = performance.now()
    const recovered = (): boolean => traffic.accounts.every(({ decidedAt }) => decidedAt > healed)
    await until('the store to decide again', recovered).catch((error: Error) => require(`I6: ${error.message}`, false))
    const recoveredMs = Math.max(0, ...traffic.accounts.map(({ missedAt }) => missedAt - healed))
    // While refunds are made, or what they leave behind would be gone.
    for (const what of (await keptTooLong(topology, setsBackMs)).slice(0, 3)) require(`I3: under load, ${what}`, false)
    await wait(calmMs)
    await traffic.stop()
    const [heapAfter, listenersAfter] = [await heap(), connected.listeners()]

    const left = await Promise.all(traffic.accounts.map(traffic.leftOf))
    const counted = traffic.accounts.map(({ quota }, i) => quota - (left[i] as number))
    const acknowledged = traffic.accounts.map((account) => account.acknowledged)
    await Promise.all(traffic.accounts.map((account) => drain(traffic, account)))
    await judge({
      fault,
      client,
      topology,
      load: traffic,
      watch: watching,
      graceMs,
      elapsedMs: performance.now() - started + 2 * calmMs,
      recoveredMs,
      counted,
      acknowledged,
      heap: { before: heapBefore, after: heapAfter },
      listeners: { before: listenersBefore, after: listenersAfter },
      require,
    })
    await lawful(arena, broken)

    const worst = traffic.accounts
      .map((account) => excess(account, fault))
      .reduce((a, b) => (b.over - b.allowed > a.over - a.allowed ? b : a))
    return {
      fault: fault.name,
      client,
      topology: kind,
      decisions: traffic.decisions,
      refused: traffic.refused,
      refunds: traffic.refunds,
      withoutStore: [...traffic.without.values()].reduce((sum, n) => sum + n, 0),
      slowestMs: traffic.slowestMs,
      overAdmitted: Math.max(0, worst.over),
      allowed: worst.allowed,
      countedAfterGivingUp: late({ load: traffic, counted, acknowledged }).reduce((sum, n) => sum + Math.max(0, n), 0),
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
    watching.stop()
  }
}

const noClock: ClockShim = { env: {}, set: () => {}, remove: () => {} }

function open(kind: TopologyKind, { settings = [] }: Fault, clock: ClockShim | undefined): Promise<Topology> {
  if (kind === 'sentinel') return sentinel()
  if (kind === 'cluster') return cluster()
  return standalone({ settings, env: clock?.env ?? {} })
}

/** Takes all that is left, so that whatever was admitted too much shows. */
async function drain(traffic: Load, account: Account): Promise<void> {
  for (;;) {
    const remaining = await traffic.leftOf(account)
    if (remaining === 0) return
    const decision = await traffic.call(account, remaining)
    if (decision.source !== 'store') throw new Error(`Expected the store to decide, got ${decision.cause?.message}`)
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

/** The laws still hold, over the same client. */
async function lawful({ connected, topology }: Arena, broken: string[]): Promise<void> {
  const servers = await masters(topology)
  const scan = async (server: Server, pattern: string): Promise<string[]> => {
    const found: string[] = []
    for await (const keys of stored(server, pattern)) found.push(...keys)
    return found
  }
  const command = async (name: string, ...args: readonly string[]): Promise<unknown> => {
    if (name === 'SCAN') return ['0', (await Promise.all(servers.map((one) => scan(one, args[2] as string)))).flat()]
    if (name === 'EVAL') {
      const [script = '', , ...keys] = args
      const each = keys.map(async (key) => (await topology.holder(key)).command('EVAL', script, 1, key))
      return ((await Promise.all(each)) as unknown[][]).flat()
    }
    if (name === 'DEL') {
      return Promise.all(args.map(async (key) => (await topology.holder(key)).command('DEL', key)))
    }
    return (servers[0] as Server).command(name, ...args)
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
