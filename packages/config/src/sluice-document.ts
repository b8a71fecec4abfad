import type { limiterOptionSchemas } from '@sluice/core/internal'

/** A policy of a document: an algorithm, ours by its short name or any by the name of its package, and its options. */
export interface PolicyDocument {
  readonly algorithm: string
  readonly [option: string]: unknown
}

/** A store of a document: a driver, ours by its short name or any by the name of its package, and its options. */
export interface StoreDocument {
  readonly driver: string
  readonly [option: string]: unknown
}

/** Other parameters of a limiter's policies for whom it matches. */
export interface OverrideDocument {
  readonly match: Readonly<Record<string, string>>
  readonly policy?: Readonly<Record<string, unknown>> | undefined
  readonly policies?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
}

/** A limiter of a document: one policy or several, overrides, and the options of `createLimiter` that are data. */
export type LimiterDocument = {
  readonly policy?: PolicyDocument | undefined
  readonly policies?: Readonly<Record<string, PolicyDocument>> | undefined
  readonly overrides?: readonly OverrideDocument[] | undefined
} & { readonly [option in keyof typeof limiterOptionSchemas]?: string | number | boolean | undefined }

/** A document: the limiters by name, and the store that they share. Its schema, `sluice.schema.json`, says all of it. */
export interface SluiceDocument {
  readonly $schema?: string | undefined
  /** Default: in memory. */
  readonly store?: StoreDocument | undefined
  readonly limiters: Readonly<Record<string, LimiterDocument>>
}
