import { keptTooLong } from './expiry.ts'
import type { Fault } from './fault.ts'
import { secrets } from './faults.ts'
import { type Account, deadlineMs, type Load, processes, spanMs } from './load.ts'
import type { ClientKind, Topology } from './topology.ts'
import { eventsOf, type Watch } from './watch.ts'

/** What is known of a fault once it is over, and judged. */
export interface Trial {
  readonly fault: Fault
  readonly client: ClientKind
  readonly topology: Topology
  readonly load: Load
  readonly watch: Watch
  readonly graceMs: number
  /** From before the fault until all was drained. */
  readonly elapsedMs: number
  readonly recoveredMs: number
  /** What the store held against each account after the load, before what was left was drained. */
  readonly counted: readonly number[]
  /** Units acknowledged to each account until then. */
  readonly acknowledged: readonly number[]
  readonly heap: Change
  readonly listeners: Change
  require(what: string, holds: boolean): void
}

/** A number before and after. */
export interface Change {
  readonly before: number
  readonly after: number
}

/** Requires all that must hold after a fault, but the laws. */
export async function judge(trial: Trial): Promise<void> {
  admission(trial)
  time(trial)
  await expiry(trial)
  quiet(trial)
  memory(trial)
  counting(trial)
  numbers(trial)
  events(trial)
}

/** How much an account was admitted beyond its quota, what it asked back aside; and how much it might have been. */
export function excess(
  { acknowledged, askedBack, quota, lost }: Account,
  fault: Fault,
): { over: number; allowed: number } {
  return { over: acknowledged - askedBack - quota, allowed: fault.allowed.units + lost }
}

/** What the store counted for an account beyond what it told: calls that were given up, less refunds that were. */
export function late({ load, counted, acknowledged }: Pick<Trial, 'load' | 'counted' | 'acknowledged'>): number[] {
  return load.accounts.map(({ givenBack }, i) => (counted[i] as number) - ((acknowledged[i] as number) - givenBack))
}

/** What time gives back meanwhile, and a rounding. */
function credit({ elapsedMs }: Trial, { quota }: Account): number {
  return Math.floor((quota * elapsedMs) / spanMs) + 1
}

function admission(trial: Trial): void {
  const { fault, load, require } = trial
  for (const account of load.accounts) {
    const { over, allowed } = excess(account, fault)
    const more = credit(trial, account)
    require(`I1: at most ${allowed} units beyond the quota, got ${over} (${spelled(account)})`, over <= allowed + more)
    const share = account.quota / processes
    require(`I1: at most ${share} units without the store, got ${account.local} (${spelled(account)})`, account.local <=
      share + more)
  }
  for (const what of load.misgiven.slice(0, 3)) require(`I1: a refund gives what was asked, once; ${what}`, false)
}

function time({ fault, load, graceMs, recoveredMs, require }: Trial): void {
  const allowedMs = graceMs + (fault.heldUpMs ?? 0)
  const { slowestMs, latestMs } = load
  require(`I2: settled within ${deadlineMs + allowedMs} ms, got ${slowestMs.toFixed(0)}`, slowestMs <=
    deadlineMs + allowedMs)
  require(`I2: at most ${allowedMs} ms past any deadline, got ${latestMs.toFixed(0)}`, latestMs <= allowedMs)
  const mostMs = fault.recoversMs ?? 5000
  require(`I6: recovered within ${mostMs} ms, got ${recoveredMs.toFixed(0)}`, recoveredMs <= mostMs)
}

async function expiry({ fault, topology, require }: Trial): Promise<void> {
  for (const what of (await keptTooLong(topology, fault.setsBackMs ?? 0)).slice(0, 3)) require(`I3: ${what}`, false)
}

function quiet({ load, watch, listeners: { before, after }, require }: Trial): void {
  for (const what of watch.stumbles.slice(0, 3)) require(`I4: ${what}`, false)
  require(`I4: ${before} listeners on the client as before, got ${after}`, after <= before)
  require(`I4: nobody listens to a signal any more, got ${load.listening()}`, load.listening() === 0)
  require('some callers leave', load.left > 0)
}

function memory({ heap: { before, after }, require }: Trial): void {
  require(`I5: the heap as before, ${mb(before)} MB, got ${mb(after)} MB`, after < before * 1.1 + 2e6)
}

function counting(trial: Trial): void {
  const { fault, load, require } = trial
  for (const [i, units] of late(trial).entries()) {
    const account = load.accounts[i] as Account
    const { use, ambiguous, askedBack, givenBack, lostBack } = account
    // Whoever leaves may be counted, even where all that comes too late is void.
    const most = (fault.voids && use !== 'leave' ? 0 : ambiguous) + lostBack
    const least = fault.voids ? 0 : givenBack - askedBack
    const whose = spelled(account)
    require(`I7: at most ${most} units counted after giving up, got ${units} (${whose})`, units <= most)
    require(`I7: at most ${-least} units acknowledged and not counted, got ${-units} (${whose})`, fault.loses ===
      true || units >= least - credit(trial, account))
  }
}

const manyRefusals = 100

function numbers({ load, require }: Trial): void {
  for (const decision of load.absurd.slice(0, 3)) require(`I8: sane numbers, got ${decision}`, false)
  require(`I8: at least ${manyRefusals} refusals to look at, got ${load.refused}`, load.refused >= manyRefusals)
}

function events({ fault, client, load, watch, require }: Trial): void {
  const without = [...load.without.values()].reduce((sum, n) => sum + n, 0)
  const causes = [...load.causes].map(([name, n]) => `${n} ${name}`).join(', ')
  if (fault.noticed === 'never') require(`every decision is the store's, got ${causes}`, without === 0)
  if (fault.noticed === undefined) require('some decisions are made without the store', without > 0)

  for (const name of new Set(load.accounts.map(({ name }) => name))) eventsOfLimiter(name, { load, watch, require })
  const down = eventsOf(watch, 'store:down')
  if (fault.opens) require('the store is said to be down', down.length > 0)
  const codes = new Set([...down, ...eventsOf(watch, 'fallback')].map(({ code }) => code))
  const told = [...codes].join(', ')
  require(`codes that tell something, got ${told}`, !codes.has('Error'))
  const tells = fault.tells?.[client]
  if (tells !== undefined) {
    require(`one of ${tells.join(', ')} among the codes, got ${told}`, tells.some((code) => codes.has(code)))
  }
  for (const text of watch.said.keys()) {
    for (const secret of unspoken(load)) require(`no ${secret} in an event, got ${text}`, !text.includes(secret))
  }
}

/** A limiter says of each decision that it was not the store's, warns once, and no store is left down. */
function eventsOfLimiter(limiter: string, { load, watch, require }: Pick<Trial, 'load' | 'watch' | 'require'>): void {
  const times = (type: Parameters<typeof eventsOf>[1]): number =>
    eventsOf(watch, type)
      .filter((event) => event.limiter === limiter)
      .reduce((sum, event) => sum + event.times, 0)
  const without = load.without.get(limiter) ?? 0
  const fallbacks = times('fallback')
  require(`an event for each of ${without} decisions without the store, got ${fallbacks} (${limiter})`, fallbacks ===
    without)
  const warned = watch.warnings.filter(
    ({ code, message }) => code === 'SLUICE_FALLBACK' && message.includes(`"${limiter}"`),
  )
  const warnings = without > 0 ? 1 : 0
  require(`${warnings} warnings, got ${warned.length} (${limiter})`, warned.length === warnings)
  const [downs, ups] = [times('store:down'), times('store:up')]
  require(`as often up as down, got ${ups} and ${downs} (${limiter})`, ups === downs)
}

/** What no event may hold: keys, addresses and passwords. */
function unspoken({ accounts }: Load): string[] {
  return [
    ...new Set([...accounts.map(({ key }) => key), ...Object.values(secrets), '127.0.0.1', 'localhost', 'outside:1']),
  ]
}

function spelled({ name, key }: Account): string {
  return `${name}, ${key}`
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
