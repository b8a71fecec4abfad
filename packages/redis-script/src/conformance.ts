import { randomBytes } from 'node:crypto'
import type { Clock, Store } from '@sluice/core'
import { injectedClockGraceMs } from '@sluice/core/internal'
import type { ForeignWriter, Harness, StoredEntry } from '@sluice/testkit'
import type { Connection } from './connection.ts'
import { scriptStore } from './script-store.ts'

/** What a harness needs of a client: to make a store, and to look behind its back. */
export interface RedisHarnessOptions {
  readonly name: string
  store(options: { readonly prefix: string; readonly clock?: Clock }): Store
  command(name: string, ...args: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

function isReceipt(key: string): boolean {
  return /}:[^}]*:refunds$/.test(key)
}

const lookBehind = `
local entries = {}
for i, key in ipairs(KEYS) do
  entries[i] = { redis.sha1hex(redis.call('DUMP', key)), redis.call('PEXPIRETIME', key) }
end
return entries
`

const readHex = `
return (string.gsub(redis.call('GET', KEYS[1]), '.', function(byte)
  return string.format('%02x', string.byte(byte))
end))
`
/** Others that write into the same Redis. Scripts have one key and no arguments, so in a Cluster they go where it is. */
function foreignWriter(command: RedisHarnessOptions['command']): ForeignWriter {
  const run = (source: string, key: string): Promise<unknown> => command('EVAL', source, '1', key)
  return {
    async read(key) {
      return new Uint8Array(Buffer.from(String(await run(readHex, key)), 'hex'))
    },
    async write(key, bytes) {
      const literal = [...bytes].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')
      await run(`redis.call('SET', KEYS[1], '${literal}')`, key)
    },
    async writeOther(key, kind) {
      const [name, ...args] = others[kind % others.length] as [string, ...string[]]
      const rest = args.map((arg) => `, '${arg}'`).join('')
      await run(`redis.call('DEL', KEYS[1]) redis.call('${name}', KEYS[1]${rest})`, key)
    },
  }
}

const others: readonly (readonly [string, ...string[]])[] = [
  ['SET', 'junk'],
  ['SET', ''],
  ['SET', '12345678'],
  ['APPEND', '0'.repeat(24)],
  ['RPUSH', 'junk'],
  ['HSET', 'field', 'junk'],
  ['SADD', 'junk'],
  ['ZADD', '1', 'junk'],
  ['XADD', '*', 'field', 'junk'],
  ['SETBIT', '319', '1'],
]

/**
 * The scripts that go by the server's own clock, on a server whose clock is set: where they would read TIME, they are told the date.
 * Keys expire by it, so no date may be earlier than the true one.
 */
export function setClockHarness(options: Pick<RedisHarnessOptions, 'command' | 'close'>): Harness {
  const store: RedisHarnessOptions['store'] = ({ prefix, clock }) => {
    const own = scriptStore(onSetClock(options.command, clock), { prefix })
    // A deadline would be a date on a clock that is moved about.
    return { bind: ({ deadline: _, ...binding }) => own.bind(binding) }
  }
  return makeHarness({ name: 'a server whose clock is set', ...options, store }, 0, earliestSet)
}

/** In the year 2109, and the same in every run. */
const earliestSet = 2 ** 42

function onSetClock(command: RedisHarnessOptions['command'], clock: Clock | undefined): Connection {
  const readTime = "redis.call('TIME')"
  return {
    evalsha: async () => {
      throw new Error('NOSCRIPT Each script is sent as it is changed')
    },
    async eval(source, keys, args) {
      if (clock === undefined) return command('EVAL', source, `${keys.length}`, ...keys, ...args)
      if (!source.includes(readTime)) throw new Error('Expected the script to read TIME')
      const told = source.replace(readTime, '{ KEYS[#KEYS - 1], KEYS[#KEYS] }')
      const now = clock()
      const time = [`${Math.floor(now / 1000)}`, `${(now % 1000) * 1000}`]
      // Behind the keys, because scripts take arguments from the end.
      return command('EVAL', told, `${keys.length + 2}`, ...keys, ...time, ...args)
    },
  }
}

/** A store over a real Redis, ready to be certified. Each history has a prefix of its own. */
export function redisHarness(options: RedisHarnessOptions): Harness {
  return makeHarness(options, injectedClockGraceMs, 0)
}

function makeHarness({ name, store, command, close }: RedisHarnessOptions, graceMs: number, earliest: number): Harness {
  const run = randomBytes(4).toString('hex')
  let histories = 0

  const allKeys = async (prefix: string): Promise<string[]> => {
    const found = new Set<string>()
    let cursor = '0'
    do {
      const [next, keys] = (await command('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', '1000')) as [
        string,
        string[],
      ]
      for (const key of keys) found.add(key)
      cursor = String(next)
    } while (cursor !== '0')
    return [...found].sort((a, b) => (a < b ? -1 : 1))
  }
  // Beside states there are the receipts of refunds, for as long as a client might send one again.
  const keysOf = async (prefix: string): Promise<string[]> => (await allKeys(prefix)).filter((key) => !isReceipt(key))

  return {
    name,
    earliest,
    close,
    async open(clock) {
      histories += 1
      const prefix = `test-${run}-${histories}`
      return {
        store: store(clock === undefined ? { prefix } : { prefix, clock }),
        foreign: foreignWriter(command),
        async stored() {
          const keys = await keysOf(prefix)
          const entries = (await command('EVAL', lookBehind, `${keys.length}`, ...keys)) as [string, number][]
          return entries.map(([fingerprint, expiry], i): StoredEntry => {
            const expiresAt = expiry < 0 ? undefined : expiry - (clock === undefined ? 0 : graceMs)
            return { key: keys[i] as string, fingerprint, expiresAt }
          })
        },
        async expiryNow() {
          if (earliest > 0 && clock !== undefined) return clock()
          const [seconds, micros] = (await command('TIME')) as [string, string]
          return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
        },
        async close() {
          const keys = await allKeys(prefix)
          if (keys.length > 0) await command('DEL', ...keys)
        },
      }
    },
  }
}
