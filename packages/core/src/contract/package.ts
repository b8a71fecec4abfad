/**
 * The contract for those who publish an algorithm or a store: what their package exports, by the name `sluice`, to be used by
 * its name in a configuration document. Plain data and functions, so a package needs nothing for it.
 */
import type { Clock } from '../clock.ts'
import type { Policy } from './policy.ts'
import type { Store } from './store.ts'

/** `export const sluice: SluicePackage = { algorithm: … }`: what a package brings to a configuration document. */
export interface SluicePackage {
  readonly algorithm?: DescribedAlgorithm | undefined
  readonly store?: DescribedStore | undefined
}

/** An algorithm that a document may name. */
export interface DescribedAlgorithm {
  readonly options: OptionsSchema
  /** Makes the policy of options that fit the schema. Throws a `TypeError` or `RangeError` for what a schema cannot say. */
  create(options: object): Policy
}

/** A store that a document may name. */
export interface DescribedStore {
  readonly options: OptionsSchema
  /** Packages that `open` imports, such as `ioredis`: what to install beside this one. */
  readonly needs?: readonly string[] | undefined
  /**
   * Opens the store of options that fit the schema: makes the client and starts to connect it. Settles once the client is
   * connected or has failed for the first time: an outage at the start is an outage like others.
   */
  open(options: object, surroundings: StoreSurroundings): OpenedStore | Promise<OpenedStore>
}

/** What a store is opened with beside the options of the document. */
export interface StoreSurroundings {
  /** A client that the application has made, connects and closes. Absent: the store makes its own. */
  readonly client?: unknown
  /** Default: the clock of the server, or of this process. */
  readonly clock?: Clock | undefined
  /** To be called with each error of the client that the store has made. */
  readonly onClientError: (error: Error) => void
}

/** A store that is open. */
export interface OpenedStore {
  readonly store: Store
  /** The client, whoever made it. */
  readonly client?: unknown
  /** Closes the client that the store has made; what is pending is decided without the store. */
  close(): void | Promise<void>
}

/** The schema of one option: JSON Schema, draft 7, without `$ref`. */
export interface OptionSchema {
  /** What the value is, as errors say it: `a positive integer`. */
  readonly title?: string | undefined
  /** What the option means, for editors. */
  readonly description?: string | undefined
  /** The value is a secret: no error shows it. */
  readonly writeOnly?: boolean | undefined
  readonly [keyword: string]: unknown
}

/** The schema of options, as JSON Schema, draft 7, without `$ref`. Options that it does not name are refused. */
export interface OptionsSchema extends OptionSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, OptionSchema>>
  readonly required?: readonly string[] | undefined
}
