import type { LimiterEvent, Store } from '@sluice/core'
import type { DocumentError } from './document-error.ts'

/** What is reported: of the limiters, of the client of the store, and of documents. Never a key, an address or a secret. */
export type SluiceEvent =
  | LimiterEvent
  /** The client that was made for the store has an error. */
  | { readonly type: 'client:error'; readonly code: string }
  /** A changed document holds now; `limiters` are those that differ. */
  | { readonly type: 'document:applied'; readonly limiters: readonly string[] }
  /** A changed document is wrong: the one before it holds. */
  | { readonly type: 'document:refused'; readonly error: DocumentError }

/** A document at work. */
export interface Sluice<L> {
  /** By name. They stay the same objects: a reload changes what they do. */
  readonly limiters: L
  readonly store: Store
  /** The client of the store, the application's or its own; `undefined` in memory. */
  readonly client: unknown
  /**
   * Applies another document, or the file as it is now, all of it or nothing: what is counted stays. Rejects with a
   * `DocumentError` that says what is wrong, and the document before holds. The store, and that a limiter is there, cannot change.
   */
  reload(document?: unknown): Promise<void>
  /** Stops watching, and closes the client that was made for the store. */
  close(): Promise<void>
}
