import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readAccessLog } from '@sluice/simulation'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, it } from 'vitest'
import { checkOnStore } from './check-on-store.ts'
import { initialSettings } from './comparison/link.ts'
import { scenarioNames, scenarios } from './comparison/scenarios.ts'
import { logTable } from './log-table.ts'
import { type OpenStore, openStore, storeKinds } from './open-store.ts'
import { progressOn } from './progress.ts'
import { replayLog } from './replay-log.ts'

const url = inject('redisUrl')
const text = await readFile(join(import.meta.dirname, '..', 'fixtures', 'access.log'), 'utf8')
const log = await readAccessLog(text.split('\n'))
const progress = progressOn({ write: () => {} })
const quota = { limit: 5, window: 10_000, burst: 5 }

const table = `\
56 requests; left out as malformed: 2:
  line 21: The date does not exist, lies before 1970, or is not written like
  [17/May/2015:10:05:03 +0200].
  line 34: The line is not in the common or combined format.

Each client may make 5 requests in 10s.

                      fixed window  sliding log  token bucket  leaky bucket
───────────────────────────────────────────────────────────────────────────
requests admitted               45           40            47            47
requests refused                11           16             9             9
requests delayed                 0            0             0            24
longest delay                    0            0             0            8s
clients                         10           10            10            10
clients ever refused             4            4             2             2
worst window                    10            5             9             5

Most refused clients, and how often:
  fixed window  4  198.51.100.7
                4  203.0.113.40
                2  2001:db8::17
                1  192.0.2.99
  sliding log   9  198.51.100.7
                4  203.0.113.40
                2  2001:db8::17
                1  192.0.2.99
  token bucket  7  198.51.100.7
                2  2001:db8::17
  leaky bucket  7  198.51.100.7
                2  2001:db8::17

The worst window of 10s, from (UTC) and by whom:
  fixed window  2026-03-04 14:00:08  198.51.100.7
  sliding log   2026-03-04 14:00:08  198.51.100.7
  token bucket  2026-03-04 14:01:00  203.0.113.40
  leaky bucket  2026-03-04 14:00:08  198.51.100.7

Delayed: of the admitted, those that were told to wait for their turn.
Worst window: the most requests that one client got through within any 10s,
wherever it starts; a delayed request counts when its turn comes.`

const open: OpenStore[] = []
afterAll(() => Promise.all(open.map((store) => store.close())))

async function opened(kind: (typeof storeKinds)[number]): Promise<OpenStore> {
  const store = await openStore({ kind, url })
  open.push(store)
  return store
}

it.each(storeKinds)('replays a log to the same table on %s', async (kind) => {
  const store = await opened(kind)
  expect(logTable({ log, quota, replayed: await replayLog({ log, quota, store, progress }) })).toBe(table)
})

it.each(scenarioNames)('decides on both clients as in memory: %s', async (scenario) => {
  const settings = { ...initialSettings, scenario, requests: scenarios[scenario].requests }
  for (const [kind, client] of [
    ['ioredis', 'ioredis'],
    ['redis', 'node-redis'],
  ] as const) {
    const { server, decisions, differences, first } = await checkOnStore(settings, await opened(kind))
    expect(server).toMatch(new RegExp(`^(Redis|Valkey) [0-9.]+ through ${client}$`))
    expect(decisions).toBeGreaterThanOrEqual(4 * settings.requests)
    expect({ differences, first }).toEqual({ differences: 0, first: undefined })
  }
})

it('fits a terminal of 80 columns, whatever a log holds', async () => {
  const address = (i: number): string => `2001:db8:aaaa:bbbb:cccc:dddd:eeee:${(0x1000 + i).toString(16)}`
  const at = (i: number): string => new Date(i * 25).toISOString().slice(14, 19)
  const lines = Array.from(
    { length: 60_000 },
    (_, i) => `${address(i % 3)} - - [04/Mar/2026:14:${at(i)} +0000] "GET / HTTP/1.1" 200 5120`,
  )
  const busy = await readAccessLog([
    ...lines,
    'nonsense',
    `${'x'.repeat(300)} - - [04/Mar/2026:14:00:00 +0000] "" 200 1`,
  ])
  const wide = { limit: 10_000, window: 1_001, burst: 10_000 }
  const store = await opened('memory')
  const text = logTable({
    log: busy,
    quota: wide,
    replayed: await replayLog({ log: busy, quota: wide, store, progress }),
  })
  expect(text).toContain(address(0))
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
})

it('runs do not see each other, and leave nothing behind on Redis', async () => {
  const client = new Redis(url)
  const store = await opened('ioredis')
  const [one, other] = await Promise.all([
    replayLog({ log, quota, store, progress }),
    replayLog({ log, quota, store, progress }),
  ])
  expect(other).toEqual(one)
  expect(await client.keys('sluice:*:demo-*')).toEqual([])
  client.disconnect()
})

it.each(['ioredis', 'redis'] as const)('says which Redis %s cannot reach, without its password', async (kind) => {
  const opening = openStore({ kind, url: 'redis://:secret@127.0.0.1:1' })
  await expect(opening).rejects.toThrow(
    /^Expected a Redis at 127\.0\.0\.1:1, got: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  )
})
