import { createLimiter, memoryStore, type SluicePackage } from '@sluice/core'
import { sluice as fixedWindowPackage } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { DocumentError } from './document-error.ts'
import { loadSluice } from './load-sluice.ts'
import type { SluiceEvent } from './sluice.ts'
import type { SluiceDocument } from './sluice-document.ts'

const bucket = { algorithm: 'token-bucket', capacity: 3, refill: 1, per: '1h' } as const
const daily = { algorithm: 'fixed-window', limit: 10, window: '1d' } as const

/** What is wrong with a document, line by line. */
async function problemsOf(document: unknown, env: Record<string, string> = {}): Promise<readonly string[]> {
  const loading = loadSluice(document as SluiceDocument, { env })
  const error: unknown = await loading.then(
    () => undefined,
    (reason) => reason,
  )
  if (!(error instanceof DocumentError)) throw new Error('Expected a DocumentError', { cause: error })
  return error.problems.map(({ message }) => message)
}

describe('a document', () => {
  it('gives limiters by their names, with the names of their policies', async () => {
    const { limiters } = await loadSluice({
      limiters: { api: { policies: { burst: bucket, daily } }, login: { policy: daily, failure: 'closed' } },
    })
    const decision = limiters.api.consumeSync('ann', { cost: { burst: 2 } })
    expect(decision.policies.burst.remaining).toBe(1)
    expect(decision.policies.daily.remaining).toBe(9)
    expect((await limiters.login.consume('ann')).policies.default.remaining).toBe(9)
    expect(limiters.api.name).toBe('api')
    // @ts-expect-error There is no such policy, and no such limiter.
    expect([limiters.api.policies.weekly, limiters.other]).toEqual([undefined, undefined])
  })

  it('gives limiters that createLimiter would give', async () => {
    const clock = (): number => 1_000_000
    const { limiters } = await loadSluice({ limiters: { api: { policy: bucket } } }, { clock })
    const { algorithm: _, ...options } = bucket
    const same = createLimiter({ name: 'api', policy: tokenBucket(options), store: memoryStore({ clock }) })
    for (const cost of [0, 2, 2, 1, 4]) {
      expect(limiters.api.consumeSync('ann', { cost })).toEqual(same.consumeSync('ann', { cost }))
    }
    expect(Object.keys(limiters.api).filter((name) => name !== 'for')).toEqual(Object.keys(same))
  })

  it('takes a limiter or a policy of any name that may stand in a key', async () => {
    const document = JSON.parse('{"limiters":{"__proto__":{"policies":{"__proto__":null,"constructor":null}}}}') as {
      limiters: Record<string, { policies: Record<string, unknown> }>
    }
    const { policies } = Object.values(document.limiters)[0] as { policies: object }
    for (const name of Object.keys(policies)) Object.defineProperty(policies, name, { value: bucket })
    const { limiters } = await loadSluice(document as unknown as SluiceDocument)
    expect(Object.keys(limiters)).toEqual(['__proto__'])
    const decision = await (Object.values(limiters)[0] as (typeof limiters)[string]).consume('ann')
    expect(Object.keys(decision.policies)).toEqual(['__proto__', 'constructor'])
  })

  it('says all that is wrong, where, and what was expected and found', async () => {
    const document = {
      store: { driver: 'ioredis', cluster: { nodes: ['a:1', 7] }, database: 1, prefix: 'a b', url: 7 },
      limiters: {
        api: { policy: { algorithm: 'token-bucket', capacity: -1, refil: 2, per: 60 } },
        'a b': { policies: {} },
        both: { policy: daily, policies: { daily }, failure: 'open?', processes: 0.5 },
        late: { policy: daily, deadline: '2h' },
        lossy: { policy: { algorithm: 'token-bucket', capacity: 1, refill: 2000, per: '1s' }, deadline: '3h' },
        'x.y': { policies: { daily: { algorithm: 'fixed-window', limit: 1, window: '1d', align: 'noon' } } },
      },
      limits: {},
    }
    expect((await problemsOf(document)).toSorted()).toEqual([
      'Expected `limiters.api.policy.capacity` to be a positive integer, got -1',
      "Expected `limiters.api.policy.per` to be a duration like '60s' or '15m', got 60",
      'Expected `limiters.api.policy.refill` to be a positive integer, got nothing',
      'Expected `limiters.both.failure` to be one of local, open, closed and throw, got "open?"',
      'Expected `limiters.both.processes` to be a positive integer, got 0.5',
      'Expected `limiters.both` to be given either `policy` or `policies`, got policy, policies, failure, processes',
      'Expected `limiters.late.deadline` to be at most an hour, got "2h"',
      'Expected `limiters.lossy.deadline` to be at most an hour, got "3h"',
      'Expected `limiters.lossy.policy.capacity` to be at least 2 with refill 2000 per 1000 ms, got 1: on a clock of whole ms more than 1 % of that rate would be lost',
      'Expected `limiters["a b"].policies` to be an object of 1 to 16 policies by name, got none',
      'Expected `limiters["x.y"].policies.daily.align` to be one of first-request and epoch, got "noon"',
      'Expected `store.cluster.nodes[1]` to be an address like 10.0.0.1:6379, or a URL like redis://10.0.0.1:6379, got a number that is not shown',
      'Expected `store.prefix` to be made of letters, digits, "_", "." and "-", got "a b"',
      'Expected `store.url` to be a URL like redis://127.0.0.1:6379, got a number that is not shown',
      'Expected `store` to be given no `database` with `cluster`: a Cluster has one, got driver, cluster, database, prefix, url',
      'Expected `store` to be given only one of `url`, `cluster` and `sentinel`, got driver, cluster, database, prefix, url',
      'Expected the names in `limiters` to be made of letters, digits, "_", "." and "-", got "a b"',
      'Expected the properties of `limiters.api.policy` to be among algorithm, capacity, refill, per, got "refil"',
      'Expected the properties of the document to be among $schema, store, limiters, got "limits"',
    ])
  })

  it.each([
    ['a function', { limiters: { api: { policy: () => {} } } }, 'limiters.api.policy', 'a function'],
    ['a date', { limiters: { api: new Date(0) } }, 'limiters.api', 'an object of a class'],
  ])('is plain data: %s is none', async (_, document, path, found) => {
    expect(await problemsOf(document)).toEqual([`Expected \`${path}\` to be plain data, got ${found}`])
  })

  it('may not hold itself, nor be an object that cannot be read', async () => {
    const around: Record<string, unknown> = {}
    around.limiters = { api: around }
    expect(await problemsOf(around)).toEqual([
      'Expected `limiters.api` to be plain data, got an object that holds itself',
    ])
    const trap = {
      get limiters(): never {
        throw new Error('secret')
      },
    }
    expect(await problemsOf(trap)).toEqual([
      'Expected the document to be plain data, got an object that cannot be read',
    ])
  })
})

describe('variables', () => {
  const limited = (limit: unknown) => ({ limiters: { api: { policy: { ...daily, limit } } } })

  it('are filled in, also where a number is expected', async () => {
    const document = { ...limited(`\${LIMIT}`), store: { driver: `\${DRIVER:-compact}`, maxKeys: `\${KEYS:-100}` } }
    const { limiters } = await loadSluice(document as SluiceDocument, { env: { LIMIT: '7' } })
    expect((await limiters.api?.peek('ann'))?.limit).toBe(7)
  })

  it('must be set, or have a default', async () => {
    expect(await problemsOf(limited(`\${LIMIT}`))).toEqual([
      'Expected the variable LIMIT of `limiters.api.policy.limit` to be set in the environment, got nothing',
    ])
    expect(await problemsOf(limited(`\${1x}`))).toEqual([
      `Expected \`limiters.api.policy.limit\` to name variables like \${NAME} or \${NAME:-default}, got braces with something else; write $\${ for \${ itself`,
    ])
  })

  it('are named in errors, and their values are not shown', async () => {
    expect(await problemsOf(limited(`\${LIMIT}`), { LIMIT: 'hunter2' })).toEqual([
      `Expected \`limiters.api.policy.limit\` to be a positive integer, got what "\${LIMIT}" stands for`,
    ])
  })

  it('are inherited from nothing', async () => {
    expect(await problemsOf(limited(`\${toString}`))).toHaveLength(1)
  })
})

describe('overrides', () => {
  const api = {
    policies: { burst: bucket, daily },
    overrides: [
      { match: { tenant: 'acme' }, policies: { daily: { limit: 100 } } },
      { match: { tenant: 'acme', route: '/export' }, policies: { daily: { limit: 1 } } },
      { match: { route: '/search' }, policies: { burst: { capacity: 50 } } },
      { match: { route: '/search', tenant: 'acme' }, policies: { burst: { capacity: 60 } } },
    ],
  } as const

  it('hold for what they match, the one with most fields first, and share what is counted', async () => {
    const { limiters } = await loadSluice({ limiters: { api } })
    const limits = (subject: Record<string, string | undefined>) => {
      const { policies } = limiters.api.for(subject).peekSync('ann')
      return [policies.burst.limit, policies.daily.limit]
    }
    expect(limits({})).toEqual([3, 10])
    expect(limits({ tenant: 'globex', user: 'ann' })).toEqual([3, 10])
    expect(limits({ tenant: 'acme', route: undefined })).toEqual([3, 100])
    expect(limits({ tenant: 'acme', route: '/export' })).toEqual([3, 1])
    expect(limits({ route: '/search' })).toEqual([50, 10])
    expect(limits({ tenant: 'acme', route: '/search' })).toEqual([60, 10])
    limiters.api.for({ tenant: 'acme' }).consumeSync('ann')
    expect(limiters.api.peekSync('ann').policies.daily.used).toBe(1)
  })

  it('are the same limiter for the same fields', async () => {
    const { limiters } = await loadSluice({ limiters: { api } })
    expect(limiters.api.for({ tenant: 'acme' })).toBe(limiters.api.for({ tenant: 'acme' }))
    expect(() => limiters.api.for({ tenant: 7 as unknown as string })).toThrow(
      'Expected `tenant` to be a string, got 7',
    )
  })

  it('must not tie', async () => {
    const overrides = [
      { match: { tenant: 'acme' }, policy: { limit: 1 } },
      { match: { route: '/' }, policy: { limit: 2 } },
      { match: { tenant: 'acme' }, policy: { limit: 3 } },
    ]
    const tie = 'to match more or fewer fields than'
    expect(await problemsOf({ limiters: { api: { policy: daily, overrides } } })).toEqual([
      `Expected \`limiters.api.overrides[1]\` ${tie} \`limiters.api.overrides[0]\`, or others, got a tie: both match {"tenant":"acme","route":"/"}`,
      `Expected \`limiters.api.overrides[2]\` ${tie} \`limiters.api.overrides[0]\`, or others, got a tie: both match {"tenant":"acme"}`,
      `Expected \`limiters.api.overrides[2]\` ${tie} \`limiters.api.overrides[1]\`, or others, got a tie: both match {"route":"/","tenant":"acme"}`,
    ])
  })

  it('change options of the policies of their limiter, and nothing else', async () => {
    const overrides = [
      { match: { tenant: 'a' }, policies: { daily: { limit: 0 } } },
      { match: { tenant: 'b' }, policies: { dayly: { limit: 1 } } },
      { match: { tenant: 'c' }, policies: { daily: { algorithm: 'sliding-log' } } },
      { match: { tenant: 'd' }, policies: { daily: { capacity: 1 } } },
      { match: { tenant: 'e' }, policies: { daily: { algorithm: 'fixed-window', window: '1073741824d' } } },
      { match: { tenant: 'f' }, policy: { limit: 1 } },
    ]
    const at = 'limiters.api.overrides'
    const structural = [
      `Expected \`${at}[5]\` to be given \`policies\` and not \`policy\`, like its limiter, got match, policy`,
    ]
    expect(await problemsOf({ limiters: { api: { policies: { daily }, overrides } } })).toEqual(structural)
    const rest = { api: { policies: { daily }, overrides: overrides.slice(0, 5) } }
    expect(await problemsOf({ limiters: rest })).toEqual([
      `Expected \`${at}[0].policies.daily.limit\` to be a positive integer, got 0`,
      `Expected \`${at}[1].policies.dayly\` to be a policy of its limiter: daily, got another`,
      `Expected \`${at}[2].policies.daily.algorithm\` to be "fixed-window", as in its limiter, or left out, got "sliding-log": it would be a fresh quota`,
      `Expected the properties of \`${at}[3].policies.daily\` to be among algorithm, limit, window, align, got "capacity"`,
      `Expected \`${at}[4].policies.daily.window\` to be a whole number of ms from 1 to 2^50, got "1073741824d"`,
    ])
  })
})

describe('packages', () => {
  it('are named by short names, and one that is none is no package to install', async () => {
    expect(await problemsOf({ limiters: { api: { policy: { algorithm: 'token-buckt' } } } })).toEqual([
      'Expected `limiters.api.policy.algorithm` to be one of fixed-window, leaky-bucket, sliding-counter, sliding-log, token-bucket, or the name of a package that is installed, got "token-buckt"',
    ])
  })

  it('that are missing are named, with the line that installs them', async () => {
    const document = {
      store: { driver: '@acme/store' },
      limiters: { api: { policy: { algorithm: '@acme/limits/gcra', depth: 3 } } },
    }
    expect(await problemsOf(document)).toEqual([
      'Expected the package @acme/store to be installed for `store.driver`, it is not',
      'Expected the package @acme/limits to be installed for `limiters.api.policy.algorithm`, it is not',
      'Install what is missing: npm install @acme/store @acme/limits',
    ])
  })

  it('of others are used as ours are', async () => {
    const acme: SluicePackage = { algorithm: fixedWindowPackage.algorithm }
    const document = { limiters: { api: { policy: { algorithm: '@acme/window', limit: 7, window: '1h' } } } } as const
    const { limiters } = await loadSluice(document, { packages: { '@acme/window': { sluice: acme } } })
    expect((await limiters.api.consume('ann')).remaining).toBe(6)

    const wrong = { limiters: { api: { policy: { algorithm: '@acme/window', limit: 7 } } } } as const
    await expect(loadSluice(wrong, { packages: { '@acme/window': { sluice: acme } } })).rejects.toThrow(
      "Expected `limiters.api.policy.window` to be a duration like '60s' or '15m', got nothing",
    )
  })

  it('must export what the contract says', async () => {
    const document = { limiters: { api: { policy: { algorithm: 'fs' } } } }
    expect((await problemsOf(document))[0]).toContain('to export `sluice` with `algorithm`')
    const broken = { algorithm: { create: () => ({}), options: { type: 7 } } } as unknown as SluicePackage
    const loading = loadSluice(
      { limiters: { api: { policy: { algorithm: 'x/y' } } } },
      { packages: { 'x/y': { sluice: broken } } },
    )
    await expect(loading).rejects.toThrow('that are no JSON Schema')
  })
})

describe('reload', () => {
  const document = (limit: number, rest: object = {}) => ({
    limiters: { api: { policy: { ...daily, limit }, ...rest } },
  })

  it('changes limits and keeps what is counted, in every limiter that was handed out', async () => {
    const events: SluiceEvent[] = []
    const sluice = await loadSluice(document(10), { onEvent: (event) => events.push(event) })
    const { api } = sluice.limiters
    const acme = api.for({ tenant: 'acme' })
    await api.consume('ann', { cost: 8 })
    await sluice.reload(document(5, { overrides: [{ match: { tenant: 'acme' }, policy: { limit: 20 } }] }))
    expect([(await api.peek('ann')).limit, (await api.peek('ann')).used]).toEqual([5, 8])
    expect((await acme.peek('ann')).remaining).toBe(12)
    expect(api.policies.default.limit).toBe(5)
    expect(sluice.limiters.api).toBe(api)
    expect(events).toEqual([{ type: 'document:applied', limiters: ['api'] }])
  })

  it('applies all of a document or nothing, and says why', async () => {
    const events: SluiceEvent[] = []
    const sluice = await loadSluice(document(10), { onEvent: (event) => events.push(event) })
    const half = { limiters: { ...document(99).limiters, other: { policy: { ...daily, limit: 0 } } } }
    await expect(sluice.reload(half)).rejects.toThrow('`limiters.other.policy.limit`')
    await expect(sluice.reload({ limiters: { other: { policy: daily } } })).rejects.toThrow(
      'Expected `limiters.api` to be there',
    )
    await expect(sluice.reload({ ...document(99), store: { driver: 'compact' } })).rejects.toThrow(
      'a fresh quota for everyone',
    )
    expect((await sluice.limiters.api.peek('ann')).limit).toBe(10)
    expect(Object.keys(sluice.limiters)).toEqual(['api'])
    expect(events.map(({ type }) => type)).toEqual(['document:refused', 'document:refused', 'document:refused'])
  })

  it('leaves out what a store has no room for', async () => {
    const store = { driver: 'memory', maxKeys: 2 } as const
    const sluice = await loadSluice({ ...document(10), store })
    const wide = { store, limiters: { api: { policies: { default: daily, other: daily } } } }
    await expect(sluice.reload(wide)).rejects.toThrow('`limiters.api`: Expected `maxKeys` to be at least 4')
    expect((await sluice.limiters.api.consume('ann')).limit).toBe(10)
  })

  it('adds limiters', async () => {
    const sluice = await loadSluice(document(10))
    await sluice.reload({ limiters: { ...document(10).limiters, other: { policy: daily } } })
    const { other } = sluice.limiters as unknown as Record<string, typeof sluice.limiters.api>
    expect((await other?.consume('ann'))?.remaining).toBe(9)
  })

  it('applies in order, and nothing once it is closed', async () => {
    const sluice = await loadSluice(document(10))
    await Promise.all([1, 2, 3, 4].map((limit) => sluice.reload(document(limit))))
    expect((await sluice.limiters.api.peek('ann')).limit).toBe(4)
    await sluice.close()
    await sluice.close()
    await expect(sluice.reload(document(5))).rejects.toThrow('it was closed')
  })
})
