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
const quota = { limit: 5, window: 10_000, capacity: 5 }

const table = `\
56 requests; left out as malformed: 2:
  line 21: The date does not exist, lies before 1970, or is not written like [17/May/2015:10:05:03 +0200].
  line 34: The line is not in the common or combined format.

Each client may make 5 requests in 10s.

                              token bucket          leaky bucket          fixed window           sliding log
────────────────────────────────────────────────────────────────────────────────────────────────────────────
requests admitted                       47                    47                    45                    40
requests refused                         9                     9                    11                    16
requests delayed                         0                    24                     0                     0
longest delay                            0                    8s                     0                     0
clients                                 10                    10                    10                    10
clients ever refused                     2                     2                     4                     4
most refused clients   198.51.100.7      7   198.51.100.7      7   198.51.100.7      4   198.51.100.7      9
                       2001:db8::17      2   2001:db8::17      2   203.0.113.40      4   203.0.113.40      4
                                                                   2001:db8::17      2   2001:db8::17      2
                                                                     192.0.2.99      1     192.0.2.99      1
worst window of 10s                      9                     5                    10                     5
  by                          203.0.113.40          198.51.100.7          198.51.100.7          198.51.100.7
  from (UTC)           2026-03-04 14:01:00   2026-03-04 14:00:08   2026-03-04 14:00:08   2026-03-04 14:00:08

Delayed: of the admitted, those that were told to wait for their turn.
Worst window: the most requests that one client got through within any 10s, wherever they start;
a delayed request counts when its turn comes.`

const open: OpenStore[] = []
afterAll(() => Promise.all(open.map((store) => store.close())))

async function opened(kind: (typeof storeKinds)[number]): Promise<OpenStore> {
  const store = await openStore({ kind, url })
  open.push(store)
  return store
}

it.each(storeKinds)('replays a log to the same table on %s', async (kind) => {
  const store = await opened(kind)
  expect(logTable({ log, quota, reports: await replayLog({ log, quota, store, progress }) })).toBe(table)
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
