import { randomBytes } from 'node:crypto'
import type { Clock, Store } from '@sluice/core'
import { injectedClockGraceMs } from '@sluice/core'
import type { Harness, StoredEntry } from '@sluice/testkit'

/** What a harness needs of a client: to make a store, and to look behind its back. */
export interface RedisHarnessOptions {
  readonly name: string
  store(options: { readonly prefix: string; readonly clock: Clock }): Store
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

/** A store over a real Redis, ready to be certified. Each history has a prefix of its own. */
export function redisHarness({ name, store, command, close }: RedisHarnessOptions): Harness {
  const run = randomBytes(4).toString('hex')
  let histories = 0

  const keysOf = async (prefix: string): Promise<string[]> => {
    const found = new Set<string>()
    let cursor = '0'
    do {
      const [next, keys] = (await command('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', '1000')) as [
        string,
        string[],
      ]
      // Beside states there are the receipts of refunds, for as long as a client might send one again.
      for (const key of keys) if (!isReceipt(key)) found.add(key)
      cursor = String(next)
    } while (cursor !== '0')
    return [...found].sort((a, b) => (a < b ? -1 : 1))
  }

  return {
    name,
    close,
    async open(clock) {
      histories += 1
      const prefix = `test-${run}-${histories}`
      return {
        store: store({ prefix, clock }),
        async stored() {
          const keys = await keysOf(prefix)
          const entries = (await command('EVAL', lookBehind, `${keys.length}`, ...keys)) as [string, number][]
          return entries.map(([fingerprint, expiry], i): StoredEntry => {
            const expiresAt = expiry < 0 ? undefined : expiry - injectedClockGraceMs
            return { key: keys[i] as string, fingerprint, expiresAt }
          })
        },
        async expiryNow() {
          const [seconds, micros] = (await command('TIME')) as [string, string]
          return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
        },
        async close() {
          const keys = await keysOf(prefix)
          if (keys.length > 0) await command('DEL', ...keys)
        },
      }
    },
  }
}
