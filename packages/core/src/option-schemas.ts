import type { OptionSchema } from './contract/package.ts'
import type { LimiterOptions } from './limiter-options.ts'
import type { MemoryStoreOptions } from './memory/bounded-store.ts'

/** The schema of a positive integer, as `expectPositiveInteger` has it. */
export const positiveIntegerSchema: OptionSchema = {
  title: 'a positive integer',
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
}

const durationPattern = '^0*[1-9][0-9]*(ms|s|m|h|d)$'

/** The schema of a duration that must be text, as `parseDurationText` has it, but for the longest. */
export const durationTextSchema: OptionSchema = {
  title: "a duration like '60s' or '15m'",
  type: 'string',
  pattern: durationPattern,
}

/** The schema of a duration, as `parseDuration` has it, but for the longest. */
export const durationSchema: OptionSchema = {
  title: "a duration like 250, '1s' or '15m'",
  type: ['integer', 'string'],
  minimum: 1,
  pattern: durationPattern,
}

/** The schema of a name that may stand in a stored key, as `expectName` has it. */
export const nameSchema: OptionSchema = {
  title: 'made of letters, digits, "_", "." and "-"',
  type: 'string',
  pattern: '^[A-Za-z0-9_.-]+$',
}

const limiterModeSchema: OptionSchema = { title: 'enforce or shadow', enum: ['enforce', 'shadow'] }

/** Options of a limiter that are no data of their own, or are given apart. */
type NoData = 'name' | 'policy' | 'policies' | 'store' | 'onEvent'

/** What each option of a limiter may be in a document: a new option needs its schema here. */
export const limiterOptionSchemas: Readonly<Record<Exclude<keyof LimiterOptions, NoData>, OptionSchema>> = {
  deadline: {
    ...durationSchema,
    maximum: 3_600_000,
    description: 'A decision settles within this time, from 1 ms to 1 h, whatever the store does. Default 1s.',
  },
  failure: {
    title: 'one of local, open, closed and throw',
    enum: ['local', 'open', 'closed', 'throw'],
    description: 'Who decides while the store cannot. Default local.',
  },
  slot: {
    title: 'key or limiter',
    enum: ['key', 'limiter'],
    description: 'What shares a slot of a Redis Cluster; with limiter, keys may be given by policy. Default key.',
  },
  mode: {
    title: 'enforce or shadow, or an object of them by policy',
    anyOf: [limiterModeSchema, { type: 'object', additionalProperties: limiterModeSchema }],
    description: 'Whether policies refuse, or only say what they would have done (shadow). Default enforce.',
  },
  enforce: {
    title: 'a part of the keys, from 0 to 1',
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'The part of the keys for which policies in shadow mode are enforced all the same. Default 0.',
  },
  remember: {
    title: 'true or false',
    type: 'boolean',
    description:
      'Whether a key that is known to be refused is answered from memory, at most for a second. Default false.',
  },
  processes: {
    ...positiveIntegerSchema,
    description: 'How many processes share the quota while each decides for itself. Default 1.',
  },
}

/** What the options of a memory store may be in a document. */
export const memoryStoreSchemas: Readonly<Record<Exclude<keyof MemoryStoreOptions, 'clock'>, OptionSchema>> = {
  maxKeys: {
    ...positiveIntegerSchema,
    description: 'How many entries are kept at most; a key takes one for each policy. Default 100,000.',
  },
  maxBytes: {
    ...positiveIntegerSchema,
    description: 'How many bytes the entries count as at most. Default 64 MiB, or 512 for each of maxKeys.',
  },
}
