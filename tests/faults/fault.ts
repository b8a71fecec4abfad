import type { Store } from '@sluice/core'
import type { ClockShim } from './clock-shim.ts'
import type { Load } from './load.ts'
import type { BadWeather } from './proxy.ts'
import type { Server } from './server.ts'
import type { ClientKind, Connected, Topology, TopologyKind } from './topology.ts'
import type { Watch } from './watch.ts'

/** Where a fault happens. */
export interface Arena {
  readonly client: ClientKind
  readonly topology: Topology
  readonly connected: Connected
  /** What the load is on. */
  readonly store: Store
  readonly load: Load
  readonly watch: Watch
  /** The server that holds the first key when the fault begins. */
  readonly holder: Server
  /** Between the client and its servers, where the fault asks for it. */
  readonly proxy: BadWeather
  /** The server's clock, where the fault asks for it. */
  readonly clock: ClockShim
  /** By how much a decision may be later than its deadline, in ms. */
  readonly graceMs: number
  /** The stored key of an account. */
  storedKey(account: number): string
  /** What must hold, or the row fails. */
  require(what: string, holds: boolean): void
}

/** Something that goes wrong, and what may come of it. */
export interface Fault {
  readonly name: string
  readonly topologies: readonly TopologyKind[]
  /** Settings of the servers. */
  readonly settings?: readonly string[]
  /** What it needs between the client and the server, or in the server. */
  readonly needs?: 'proxy' | 'clock' | 'proxy and clock'
  /** How many units more than the quota any one key may be admitted, beside what `load.lose` says was lost, and why. */
  readonly allowed: { readonly units: number; readonly because: string }
  /** State may be lost: less may be counted than was acknowledged. */
  readonly loses?: true
  /** Whether decisions are made without the store meanwhile: some (the default), none, or perhaps some. */
  readonly noticed?: 'never' | 'perhaps'
  /** Nothing that was given up may be counted. */
  readonly voids?: true
  /** It lasts long enough for the limiters to say that the store is down. */
  readonly opens?: true
  /** Of what the limiters must name one among its causes, as each client tells of it. */
  readonly tells?: Readonly<Record<ClientKind, readonly string[]>>
  /** By how much it sets the server's clock back: so much longer states count, and are kept. */
  readonly setsBackMs?: number
  /** By how much calls may be late through no fault of the limiter: the process itself was held up. */
  readonly heldUpMs?: number
  /** By when decisions must be the store's again, once it is over. Default 5 s. */
  readonly recoversMs?: number
  /** Among the six that are tried on every change. */
  readonly smoke?: true
  /** Does it, and undoes it. */
  inject(arena: Arena): Promise<void>
}
