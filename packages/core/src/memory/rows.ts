import type { Policy, Stored } from '../contract/policy.ts'

/** The states of one policy of a limiter: shared by limiters of the same names while it holds any. */
export interface Table {
  readonly name: string
  readonly slot: 'key' | 'limiter'
  readonly policyName: string
  readonly policy: Policy
  /** How many entries it has. */
  size: number
  /** Called for each entry that is forgotten though it still counts: the limiter's that added the latest. */
  forgot: (now: number) => void
}

/**
 * What is stored, a row for each entry. A row keeps its number until it is removed, and all of them are below `end`. The numbers
 * of a new row are whatever was there before.
 */
export interface Rows<T extends Table = Table> {
  /** A table without entries. */
  makeTable(table: Table): T
  find(table: T, key: string): number | undefined
  add(table: T, key: string): number
  remove(row: number): void
  end(): number
  /** `undefined`: the row is free. */
  table(row: number): T | undefined
  key(row: number): string
  read(row: number, into: Stored): void
  write(row: number, from: Readonly<Stored>, keepUntil: number): void
  /** When it may be dropped. */
  keepUntil(row: number): number
  /** When it was touched last: see `Rounds`. */
  stamp(row: number): number
  setStamp(row: number, stamp: number): void
  /** How many bytes it counts as. */
  bytes(row: number): number
  setBytes(row: number, bytes: number): void
}
