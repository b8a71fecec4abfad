import type { Clock, Policy, Store } from '@sluice/core'
import type fc from 'fast-check'
import type { Model } from './model.ts'

/** An algorithm that is to be certified. `P` is the options its factory takes. */
export interface Subject<P = unknown> {
  readonly name: string
  /** Options that its factory accepts, weighted towards the boundaries. */
  readonly options: fc.Arbitrary<P>
  /** The plainest options under which `limit` units come back within `ms`; a lower limit where it would be too high. */
  quota(limit: number, ms: number): P
  /** What options may be changed to while it works, so that the larger of the two still bounds what is admitted. */
  changed(options: P): fc.Arbitrary<P>
  /** The same options with another quota. */
  resized(options: P, limit: number): P
  policy(options: P): Policy
  model(options: P): Model
  /** The time in ms that histories are scaled to: until the full quota is back, or the window. */
  span(options: P): number
  /** Law 1: the most that may be admitted from one instant to another, `elapsed` ms later, both included. */
  envelope(options: P, elapsed: bigint): bigint
  /** Law 9: the same when the clock moves in both directions and `elapsed` is the sum of its forward steps. */
  reversedEnvelope(options: P, elapsed: bigint): bigint
  /** Law 12: options at least as generous as both. */
  larger(a: P, b: P): P
  /** Law 14: the constant outflow, as a fraction of units per ms; absent where nothing is shaped. */
  outflow?(options: P): { readonly units: bigint; readonly ms: bigint }
}

/** One stored entry, seen behind the store's back. */
export interface StoredEntry {
  readonly key: string
  /** Equal exactly when what is stored is equal. */
  readonly fingerprint: string
  /** On the clock that `OpenStore.expiryNow` reads; `undefined` when it never expires. */
  readonly expiresAt: number | undefined
}

/** An empty store for one history. */
export interface OpenStore {
  readonly store: Store
  /** All that is stored, sorted by key. */
  stored(): Promise<readonly StoredEntry[]>
  /** Now, on the clock that expiries are kept in: the server's, or the injected one. */
  expiryNow(): Promise<number>
  /** Removes all that is stored. */
  close(): Promise<void>
  /** Where others can write what is stored: how they would. */
  readonly foreign?: ForeignWriter
}

/** Writes behind the store's back. A key is that of a stored entry. */
export interface ForeignWriter {
  read(key: string): Promise<Uint8Array>
  write(key: string, bytes: Uint8Array): Promise<void>
  /** Something that is no text of bytes, of as many kinds as the server has; `kind` is any number. */
  writeOther(key: string, kind: number): Promise<void>
}

/** A store that is to be certified. */
export interface Harness {
  readonly name: string
  /** The earliest date that a clock may say here. Default 0. */
  readonly earliest?: number
  /** `undefined`: the store goes by its own clock. */
  open(clock: Clock | undefined): Promise<OpenStore>
  /** Law 16: the same with at most so many entries; absent where the store has no such bound. */
  openBounded?(clock: Clock, maxKeys: number): Promise<OpenStore>
  close(): Promise<void>
}

/** What the laws are about. */
export interface Pair<P = unknown> {
  readonly subject: Subject<P>
  readonly harness: Harness
  /** Algorithms that share limiters with it. Default: none. */
  readonly others?: readonly Subject[]
}
