import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../tooling/redis.ts'
import { startRedisCluster } from '../../tooling/redis-cluster.ts'
import { clockShim } from '../faults/clock-shim.ts'
import { type Server, startServer } from '../faults/server.ts'
import { type CommandProxy, startCommandProxy, type Verdict } from './command-proxy.ts'
import { ran } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))
const server = await startServer({ settings: ['--busy-reply-threshold', '1'] })
const master = await startServer()
const cluster = await startRedisCluster()
const single = await startServer({ settings: ['--cluster-enabled', 'yes'] })
await single.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
let proxy: CommandProxy | undefined

afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})
afterAll(async () => {
  await Promise.all([server, master, cluster, single].map((one) => one.stop()))
  rmSync(folder, { recursive: true })
})

const limiters = {
  api: {
    policies: {
      burst: { algorithm: 'token-bucket', capacity: 20, refill: 10, per: '1s' },
      daily: { algorithm: 'fixed-window', limit: 40, window: '1d' },
    },
    failure: 'open',
  },
  login: { policy: { algorithm: 'sliding-log', limit: 2, window: '15m' }, slot: 'limiter' },
}

interface Finding {
  readonly check: string
  readonly level: string
  readonly found: string
  readonly remedy?: string
}

/** Names that must never be shown, whatever goes wrong. */
const user = 'ann-the-limiter'
const password = 'hunter2/s3cret'
const secret = `${user}:${encodeURIComponent(password)}@`

/** Asks the doctor about a store. What is wrong or could be better has a remedy, and no secret shows, in words or JSON. */
async function doctor(store: object): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
  const file = join(folder, 'store.json')
  writeFileSync(file, JSON.stringify({ store: { prefix: 'doc', ...store }, limiters }))
  const inJson = await ran(['doctor', '--config', file, '--json'])
  const inWords = await ran(['doctor', '--config', file])
  for (const { output, errors } of [inJson, inWords]) {
    for (const hidden of ['hunter2', 's3cret', encodeURIComponent(password), user, 'redis://', '127.0.0.1']) {
      expect(output + errors).not.toContain(hidden)
    }
    expect(errors).toBe('')
  }
  const { findings } = JSON.parse(inJson.output) as { readonly findings: readonly Finding[] }
  for (const { level, remedy } of findings) expect(level === 'fine').toBe(remedy === undefined)
  expect(inJson.code).toBe(findings.some(({ level }) => level === 'wrong') ? 1 : 0)
  expect(inWords.code).toBe(inJson.code)
  const plain = inWords.output.replaceAll(/\s+/g, ' ')
  // Which keys other nodes hold differs each time.
  const same = findings.filter(({ level, found }) => level === 'wrong' && !found.includes('MOVED'))
  for (const { found } of same) expect(plain).toContain(found)
  return { code: inJson.code, findings }
}

/** What was found wrong, or advised, with what is to be done. */
const told = (findings: readonly Finding[], level: string): readonly string[] =>
  findings.filter((one) => one.level === level).map(({ check, found, remedy }) => `${check}: ${found} → ${remedy}`)

/** Does something to the server for the time of a task. */
async function during(command: string, ...[set, back]: readonly (readonly string[])[]): Promise<() => Promise<void>> {
  await server.command(command, ...(set as readonly string[]))
  return async () => {
    await server.command(command, ...(back as readonly string[]))
  }
}

const drivers = ['ioredis', 'redis'] as const

describe.each(drivers)('the doctor, over %s,', (driver) => {
  const at = ({ port }: Pick<Server, 'port'>) => ({ driver, url: `redis://127.0.0.1:${port}` })
  const as = ({ port }: Pick<Server, 'port'>) => ({ driver, url: `redis://${secret}127.0.0.1:${port}` })
  const withRules = async (...rules: readonly string[]): Promise<void> => {
    await server.command('ACL', 'SETUSER', user, 'reset', 'on', `>${password}`, 'resetchannels', ...rules)
  }
  const least =
    '+evalsha +eval +time +get +set +getrange +setrange +exists +del +pexpireat +pttl +zadd +zremrangebyscore +ping +info'

  it('finds nothing wrong with a server that is well, and leaves nothing there', async () => {
    await withRules('~doc:*', ...least.split(' '), '-@all', ...least.split(' '))
    for (const store of [at(server), as(server)]) {
      const { code, findings } = await doctor(store)
      expect(told(findings, 'wrong').concat(told(findings, 'advice'))).toEqual([])
      expect([code, findings.map(({ check }) => check)]).toEqual([
        0,
        ['reachable', 'version', 'role', 'memory', 'persistence', 'clock', 'scripts', 'decisions', 'client'],
      ])
      expect(findings.find(({ check }) => check === 'decisions')?.found).toContain('api, login')
    }
    expect(await server.command('KEYS', 'doc:*')).toEqual([])
  })

  it('says that nobody listens', async () => {
    const { findings } = await doctor(as({ port: await freePort() }))
    expect(told(findings, 'wrong')).toEqual([expect.stringMatching(/^reachable: no: ECONNREFUSED → Nobody listens/)])
  })

  it('says that the password is wrong, or missing', async () => {
    await server.command('ACL', 'SETUSER', user, 'reset', 'on', '>another', '+@all', 'allkeys')
    const { findings } = await doctor(as(server))
    expect(told(findings, 'wrong')).toEqual([expect.stringMatching(/^reachable: no: WRONGPASS → User or password/)])
    const closed = await startServer({ settings: ['--requirepass', password] })
    const missing = await doctor(at(closed))
    expect(told(missing.findings, 'wrong')).toEqual([
      expect.stringMatching(/^reachable: no: NOAUTH → The server wants/),
    ])
    await closed.stop()
  })

  it('says what the user may not do', async () => {
    const may = least.split(' ')
    const without = (...names: readonly string[]) => ['-@all', ...may.filter((one) => !names.includes(one.slice(1)))]
    await withRules('~doc:*', ...without('eval', 'evalsha'))
    const scripts = await doctor(as(server))
    expect(told(scripts.findings, 'wrong')).toEqual([
      expect.stringMatching(/^scripts: EVAL, EVALSHA, .*: NOPERM → Let the user do it: ACL SETUSER <user> ~doc:\*/),
    ])
    await withRules('~doc:*', ...without('set', 'info'))
    const set = await doctor(as(server))
    expect(told(set.findings, 'wrong')).toEqual([
      expect.stringMatching(/^scripts: SET with PXAT, SETRANGE and GETRANGE: NOPERM →/),
    ])
    expect(told(set.findings, 'advice')).toEqual([expect.stringMatching(/^INFO: NOPERM: version, role/)])
    await withRules('~other:*', '-@all', ...may)
    const keys = await doctor(as(server))
    expect(told(keys.findings, 'wrong')).toEqual([expect.stringMatching(/^scripts: .*EVAL.*: NOPERM →/)])
  })

  it('says that the memory is full, and what becomes of counts then', async () => {
    const empty = await during('CONFIG', ['SET', 'maxmemory', '1mb'], ['SET', 'maxmemory', '0'])
    const { findings } = await doctor(at(server))
    await empty()
    expect(findings.find(({ check }) => check === 'memory')).toMatchObject({
      remedy: expect.stringMatching(/more memory|Raise maxmemory/),
    })
    expect(told(findings, 'wrong')).toContainEqual(
      expect.stringMatching(/^scripts: SET with PXAT, SETRANGE and GETRANGE: OOM → The memory is full/),
    )
    await server.command('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
    const evicting = await doctor(at(server))
    await server.command('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')
    expect([evicting.code, told(evicting.findings, 'advice')]).toEqual([
      0,
      [
        expect.stringMatching(
          /^eviction: allkeys-lru: when full it forgets anybody.* → Set maxmemory-policy volatile-lfu/,
        ),
      ],
    ])
  })

  it('says that it is a replica, and that its master is gone', async () => {
    await server.command('REPLICAOF', '127.0.0.1', master.port)
    const { findings } = await doctor(at(server))
    await server.command('REPLICAOF', 'NO', 'ONE')
    expect(told(findings, 'wrong')).toEqual([
      expect.stringMatching(/^role: a replica.*: it takes no writes → Give the address of the master/),
      expect.stringMatching(/^scripts: SET with PXAT: READONLY → It is a replica/),
    ])
  })

  it('says that a script keeps it busy', async () => {
    const busy = server.command('EVAL', 'while true do end', 0).catch(() => {})
    const { findings } = await doctor(at(server))
    await killScript(server)
    await busy
    expect(told(findings, 'wrong')).toEqual([
      expect.stringMatching(/^reachable: no: BUSY → A script runs for too long/),
    ])
  })

  it('says that it is silent', async () => {
    master.freeze()
    const { findings } = await doctor(at(master))
    master.thaw()
    expect(told(findings, 'wrong')).toEqual([expect.stringMatching(/^reachable: no: SILENT → No answer came/)])
  })

  it('says that a Cluster of one master stands behind a client for one server', async () => {
    const { code, findings } = await doctor(at(single))
    expect([code, told(findings, 'advice')]).toEqual([
      0,
      [expect.stringMatching(/^cluster: a Cluster of one master behind a client for one server: it works until/)],
    ])
    const several = await doctor({ driver, url: cluster.urls[0] })
    expect(told(several.findings, 'wrong')[0]).toMatch(
      /^cluster: a Cluster of 3 masters behind a client for one server.* → Write `cluster: \{ nodes \}`/,
    )
  })

  it('finds nothing wrong with a Cluster, and says where there is none', async () => {
    const { code, findings } = await doctor({ driver, cluster: { nodes: [cluster.urls[0]] } })
    expect([code, told(findings, 'wrong'), told(findings, 'advice')]).toEqual([0, [], []])
    expect(findings).toContainEqual({ check: 'cluster', level: 'fine', found: 'a Cluster of 3 masters' })
    const none = await doctor({ driver, cluster: { nodes: [`127.0.0.1:${server.port}`] } })
    expect(told(none.findings, 'wrong')).toEqual([
      expect.stringMatching(/^reachable: no: (NO_NODES → None of the nodes|NO_CLUSTER → The server is no Cluster)/),
    ])
  })

  const behind = async (judge: (command: readonly string[]) => Verdict) => {
    proxy = await startCommandProxy(server.url, judge)
    return doctor({ driver, url: proxy.url })
  }
  const isEval = ([name]: readonly string[]): boolean => /^eval$/i.test(name as string)

  it('says that a proxy refuses keys that a script computes', async () => {
    const { findings } = await behind((command) =>
      isEval(command) && /KEYS\[[^\]]*[^\]\d]/.test(command[1] as string)
        ? {
            error:
              'ERR bad lua script for redis cluster, all the keys that the script uses should be passed using the KEYS array, and KEYS should not be in expression',
          }
        : 'pass',
    )
    expect(told(findings, 'wrong')).toEqual([
      expect.stringMatching(/^scripts: keys that a script computes: SCRIPT_CHECK → A proxy .*script_check_enable 0/),
    ])
  })

  it.each([
    ['drops', 'drop', /^scripts: EVAL: (SILENT → No answer came|WRONG_REPLY → .* a proxy drops)/],
    ['cuts the connection at', 'cut', /^scripts: EVAL: (CUT|ECONNRESET) → The connection is cut/],
    [
      'does not know',
      { error: "ERR unknown command 'EVAL', with args beginning with: " },
      /^scripts: EVAL, .*: UNKNOWN_COMMAND/,
    ],
  ] as const)('says that a proxy %s EVAL', async (_, verdict, expected) => {
    const { findings } = await behind((command) => (isEval(command) ? verdict : 'pass'))
    expect(told(findings, 'wrong')[0]).toMatch(expected)
  })

  it('tells of options of the client that can do harm', async () => {
    const dangerous = {
      ioredis: [{ maxRetriesPerRequest: 20 }, /^client: .*maxRetriesPerRequest: 20 keeps/],
      redis: [{ socket: { reconnectStrategy: false } }, /^client: .*closes for good when its connection is lost/],
    } as const
    const [clientOptions, danger] = dangerous[driver]
    const { code, findings } = await doctor({ ...at(server), clientOptions })
    expect(told(findings, 'advice')).toEqual([expect.stringMatching(danger)])
    expect(code).toBe(0)
  })
})

const shim = clockShim()
afterAll(() => shim?.remove())

it.skipIf(shim === undefined)('tells how far the clock of the server is from the one here', async () => {
  const early = await startServer({ env: shim?.env ?? {} })
  shim?.set(90_000)
  const ahead = await doctor({ driver: 'ioredis', url: early.url })
  shim?.set(-90_000)
  const behind = await doctor({ driver: 'ioredis', url: early.url })
  await early.stop()
  for (const [{ code, findings }, said] of [
    [ahead, 'ahead of'],
    [behind, 'behind'],
  ] as const) {
    expect([code, told(findings, 'advice')]).toEqual([
      0,
      [
        expect.stringMatching(
          new RegExp(`^clock: 1m 3\\ds ${said} the one here → The server decides by its own clock`),
        ),
      ],
    ])
  }
})

it('ends with 2 where the store is in the memory of a process', async () => {
  const file = join(folder, 'memory.json')
  writeFileSync(file, JSON.stringify({ limiters }))
  const { code, errors } = await ran(['doctor', '--config', file])
  expect([code, errors]).toEqual([2, expect.stringContaining('a store that processes share, got memory')])
})

/** Over a connection of its own, again until the script is there and has ended. */
async function killScript({ port }: Server): Promise<void> {
  const { Redis } = await import('ioredis')
  const killer = new Redis({ port, enableReadyCheck: false })
  await killer.call('SCRIPT', 'KILL')
  killer.disconnect()
}
