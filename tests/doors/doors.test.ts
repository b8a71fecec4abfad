import { request as ask } from 'node:http'
import type { Socket } from 'node:net'
import { createLimiter, type Decision, type Limiter, memoryStore, type Store, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import type { Outcome } from '@sluice/http'
import { recommendedOptions as forIoredis, ioredisStore } from '@sluice/store-ioredis'
import { recommendedOptions as forRedis, redisStore } from '@sluice/store-redis'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { type Answer, type Asked, type CommonOptions, doors, rows, type Serve, type Service } from './doors.ts'

// One suite for all doors, each in its real framework, over real sockets.
const start = Date.UTC(2026, 10, 27)
const services: Service[] = []
const fine = (): Answer => ({})

afterEach(async () => {
  for (const service of services.splice(0)) await service.close()
})

function twice(): SyncLimiter {
  const policy = tokenBucket({ capacity: 2, refill: 1, per: '1m' })
  return createLimiter({ name: 'api', policy, store: memoryStore({ clock: () => start }) })
}

function once(store: Store = memoryStore({ clock: () => start })): Limiter {
  return createLimiter({ name: `once-${Math.random()}`, policy: fixedWindow({ limit: 1, window: '1h' }), store })
}

function tokens(): SyncLimiter {
  const policy = tokenBucket({ capacity: 100, refill: 100, per: '1m' })
  return createLimiter({ name: 'tokens', policy, store: memoryStore({ clock: () => start }) })
}

/** One for each address, two for each user. */
function pairs(): Limiter {
  const policies = { ip: fixedWindow({ limit: 1, window: '1h' }), user: fixedWindow({ limit: 2, window: '1h' }) }
  return createLimiter({ name: 'pairs', policies, slot: 'limiter', store: memoryStore({ clock: () => start }) })
}

describe.each(doors)('the door of %s', (_name, serve) => {
  const open = async (options: CommonOptions, handle: Parameters<Serve>[1] = fine): Promise<string> => {
    const service = await serve(options, handle)
    services.push(service)
    return service.url
  }
  const get = (url: string, headers: Record<string, string> = {}): Promise<Response> => fetch(url, { headers })
  const key = (header: Asked['header']): string => header('x-user') ?? 'everybody'

  it('lets requests through, and refuses with fields and a problem document', async () => {
    const url = await open({ limiter: twice() })
    const first = await get(url)
    expect([first.status, await first.text()]).toEqual([200, 'fine'])
    expect(first.headers.get('RateLimit')).toBe('"api";r=1;t=60')
    expect(first.headers.get('RateLimit-Policy')).toBe('"api";q=2;w=120')
    expect(first.headers.has('Retry-After')).toBe(false)
    await get(url)

    const refused = await get(url)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('60')
    expect(refused.headers.get('RateLimit')).toBe('"api";r=0;t=60')
    expect(refused.headers.get('Cache-Control')).toBe('no-store')
    expect(refused.headers.get('Content-Type')).toMatch(/^application\/problem\+json/)
    expect(await refused.json()).toMatchObject({ status: 429, 'violated-policies': ['api'] })
  })

  it('counts by the key, gives the decision to the handler, and takes the limiter of the request', async () => {
    const tiers = { free: once(), paid: twice() }
    const decided: (string | undefined)[] = []
    const url = await open(
      { limiter: (header) => tiers[header('x-tier') as 'free' | 'paid'], key },
      ({ decision, header }) => {
        decided.push(`${header('x-user')} ${decision?.limit} ${decision?.remaining}`)
        return {}
      },
    )
    const statuses: number[] = []
    for (const [user, tier] of [
      ['ann', 'free'],
      ['ann', 'free'],
      ['bob', 'free'],
      ['ann', 'paid'],
      ['ann', 'staff'],
    ] as const) {
      statuses.push((await get(url, { 'x-user': user, 'x-tier': tier })).status)
    }
    expect(statuses).toEqual([200, 429, 200, 200, 200])
    expect(decided).toEqual(['ann 1 0', 'bob 1 0', 'ann 2 1', 'ann undefined undefined'])
  })

  it('charges what a request costs, and says what can never be admitted', async () => {
    const limiter = twice()
    const url = await open({ limiter, key, cost: (header) => Number(header('x-cost')) })
    const never = await get(url, { 'x-cost': '3' })
    expect([never.status, never.headers.get('Retry-After')]).toEqual([413, null])
    expect((await get(url, { 'x-cost': '2' })).status).toBe(200)
    expect((await get(url, { 'x-cost': '0' })).status).toBe(200)
    expect((await get(url, { 'x-cost': '1' })).status).toBe(429)
  })

  it('lets pass uncounted what is to be skipped', async () => {
    const url = await open({ limiter: once(), key, skip: (header) => header('x-health') === '1' })
    for (let i = 0; i < 3; i += 1) {
      const { status, headers } = await get(url, { 'x-health': '1' })
      expect([status, headers.get('RateLimit')]).toEqual([200, null])
    }
  })

  it('leaves errors of the functions in its options to the framework, and counts nothing', async () => {
    const limiter = twice()
    const fails = (): never => {
      throw new Error('no session')
    }
    expect((await get(await open({ limiter, key: fails }))).status).toBe(500)
    expect((await get(await open({ limiter, key: async () => fails() }))).status).toBe(500)
    expect((await get(await open({ limiter, key, cost: fails }))).status).toBe(500)
    expect((await get(await open({ limiter, key, cost: () => -1 }))).status).toBe(500)
    expect(limiter.peekSync('everybody').remaining).toBe(2)
  })

  it('lets the service answer a refusal in its own way', async () => {
    const url = await open({ limiter: once(), key, refuseWith: 'slow down', fields: ['x-ratelimit', 'draft-6'] })
    expect((await get(url)).headers.get('RateLimit-Remaining')).toBe('0')
    const refused = await get(url)
    expect(refused.status).toBe(429)
    // Nest makes JSON of it.
    expect(await refused.text()).toContain('slow down')
    expect(refused.headers.get('X-RateLimit-Reset')).toBe(String((start + 3_600_000) / 1000))
    expect(refused.headers.get('Retry-After')).toBe('3600')
  })

  it('counts failures alone where successes are given back after the response', async () => {
    const settled = settling(once())
    const handle = ({ header }: Asked): Answer => ({ status: Number(header('x-status')) })
    const url = await open({ limiter: settled.limiter, key, refund: ({ status }) => status < 400 }, handle)
    for (let i = 0; i < 3; i += 1) {
      expect((await get(url, { 'x-status': '200' })).status).toBe(200)
      await settled.next()
    }
    expect((await get(url, { 'x-status': '401' })).status).toBe(401)
    // Refused: the handler is not asked, and the refusal, a failure for the client, gives nothing back.
    expect((await get(url, { 'x-status': '200' })).status).toBe(429)
    expect((await get(url, { 'x-status': '200' })).status).toBe(429)
    expect(settled.calls()).toEqual(['refund', 'refund', 'refund'])
  })

  it('gives nothing back for a refused request where failures do not count', async () => {
    const settled = settling(once())
    const outcomes: number[] = []
    const refund = ({ status }: Outcome): boolean => outcomes.push(status) > 0 && status >= 400
    const handle = ({ header }: Asked): Answer => ({ status: Number(header('x-status')) })
    const url = await open({ limiter: settled.limiter, key, refund }, handle)
    expect((await get(url, { 'x-status': '500' })).status).toBe(500)
    await settled.next()
    expect((await get(url, { 'x-status': '200' })).status).toBe(200)
    for (let i = 0; i < 3; i += 1) expect((await get(url, { 'x-status': '500' })).status).toBe(429)
    expect([settled.calls(), outcomes]).toEqual([['refund'], [500, 200]])
  })

  it('counts by a key for each policy, in one decision', async () => {
    const limiter = pairs()
    const url = await open({ limiter, key: (header) => ({ ip: header('x-ip') ?? '', user: header('x-user') ?? '' }) })
    const statuses: number[] = []
    for (const [ip, user] of [
      ['one', 'ann'],
      ['one', 'ann'],
      ['one', 'bob'],
      ['two', 'ann'],
      ['three', 'ann'],
      ['three', 'bob'],
    ] as const) {
      statuses.push((await get(url, { 'x-ip': ip, 'x-user': user })).status)
    }
    // Ann has had two by then, so nothing was charged to the third address.
    expect(statuses).toEqual([200, 429, 429, 200, 429, 200])
  })

  it('tells what keys by policy need, and counts nothing', async () => {
    const limiter = twice()
    const errors: unknown[] = []
    const watched = {
      ...limiter,
      consume: (...request: Parameters<Limiter['consume']>) =>
        limiter.consume(...request).catch((error: unknown) => {
          errors.push(error)
          throw error
        }),
    }
    const url = await open({ limiter: watched, key: () => ({ default: 'ann' }) })
    expect((await get(url)).status).toBe(500)
    expect(errors.map(String)).toEqual([expect.stringContaining("need a limiter with the option `slot: 'limiter'`")])
    expect(limiter.peekSync('ann').remaining).toBe(2)
  })

  it('charges after the response what was used beyond the cost, and later requests wait for it', async () => {
    const limiter = tokens()
    const settled = settling(limiter)
    const used: Outcome[] = []
    const charge = (outcome: Outcome): number => used.push(outcome) && 90
    const url = await open({ limiter: settled.limiter, key, cost: 20, charge })
    expect((await get(url)).headers.get('RateLimit')).toBe('"tokens";r=80;t=48')
    await settled.next()
    expect(used).toEqual([{ status: 200, completed: true }])
    expect(limiter.peekSync('everybody').used).toBe(110)
    const refused = await get(url)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '18'])
    // Of what was refused, nobody asks what it used.
    expect(used).toHaveLength(1)
  })

  it('gives back after the response what was not used, and charges nothing for nothing', async () => {
    const limiter = tokens()
    const settled = settling(limiter)
    const options = { limiter: settled.limiter, key, cost: 100, refund: () => 60, charge: () => 0 }
    const url = await open(options)
    await get(url)
    await settled.next()
    expect(limiter.peekSync('everybody').used).toBe(40)
    expect(settled.calls()).toEqual(['refund'])
  })

  it('charges and gives back to the policies that a cost names, and to no other', async () => {
    const limiter = createLimiter({
      name: 'llm',
      policies: {
        requests: fixedWindow({ limit: 10, window: '1h' }),
        tokens: fixedWindow({ limit: 1000, window: '1h' }),
      },
      store: memoryStore({ clock: () => start }),
    })
    const settled = settling(limiter)
    const used = (): readonly number[] => Object.values(limiter.peekSync('everybody').policies).map(({ used }) => used)
    const over = await open({ limiter: settled.limiter, key, cost: { tokens: 100 }, charge: () => ({ tokens: 50 }) })
    await get(over)
    await settled.next()
    expect(used()).toEqual([1, 150])
    const under = await open({ limiter: settled.limiter, key, cost: { tokens: 100 }, refund: () => ({ tokens: 70 }) })
    await get(under)
    await settled.next()
    expect(used()).toEqual([2, 180])
  })

  it('warns once of what fails after the response, and changes nothing by it', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const limiter = twice()
      const asked: string[] = []
      const refund = (): never => {
        asked.push('refund')
        throw new Error('no session')
      }
      let last = (): void => {}
      const settled = new Promise<void>((resolve) => {
        last = resolve
      })
      const charge = (): number => {
        if (asked.push('charge') === 4) last()
        return -1000
      }
      const url = await open({ limiter, key, refund, charge })
      for (let i = 0; i < 2; i += 1) expect((await get(url)).status).toBe(200)
      await settled
      expect(asked).toEqual(['refund', 'charge', 'refund', 'charge'])
      expect(warn.mock.calls.map(([message]) => message)).toEqual([
        expect.stringContaining('the `refund` of'),
        expect.stringContaining('the `charge` of'),
      ])
      expect(limiter.peekSync('everybody').remaining).toBe(0)
    } finally {
      warn.mockRestore()
    }
  })

  it('says nothing of what is left where the limiter decides without its store', async () => {
    const client = new Redis({ port: 1, ...forIoredis })
    client.on('error', () => {})
    const limiter = (failure: 'open' | 'closed') =>
      createLimiter({
        name: 'api',
        policy: fixedWindow({ limit: 9, window: '1h' }),
        store: ioredisStore({ client }),
        failure,
        deadline: '100ms',
      })
    const closed = await get(await open({ limiter: limiter('closed'), key }))
    expect([closed.status, closed.headers.get('RateLimit')]).toEqual([503, null])
    expect(Number(closed.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1)
    const admitted = await get(await open({ limiter: limiter('open'), key }))
    expect([admitted.status, admitted.headers.get('RateLimit')]).toEqual([200, null])
    client.disconnect()
  })

  it('lets scripts of other origins read the fields where they may read the response', async () => {
    const shared = { 'Access-Control-Allow-Origin': '*' }
    const url = await open({ limiter: once(), key }, () => ({ headers: shared }))
    await get(url)
    expect((await get(url)).headers.get('Access-Control-Expose-Headers')).toBe(
      'RateLimit-Policy, RateLimit, Retry-After',
    )
  })

  it('passes a stream on as it comes', async () => {
    let send: (text: string) => void = () => {}
    let finish = (): void => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = (text) => controller.enqueue(new TextEncoder().encode(text))
        finish = () => controller.close()
      },
    })
    const url = await open({ limiter: twice(), key }, () => ({ body }))
    send('one')
    const response = await get(url)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('one')
    send('two')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('two')
    finish()
    expect((await reader.read()).done).toBe(true)
  })

  it('leaves upgrades of the connection alone', async () => {
    const service = await serve({ limiter: once(), key }, fine)
    services.push(service)
    service.server.on('upgrade', (_request, socket: Socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    })
    for (let i = 0; i < 2; i += 1) {
      const headers = { Connection: 'Upgrade', Upgrade: 'echo' }
      const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
        ask(service.url, { headers }).on('upgrade', resolve).on('error', reject).end()
      })
      expect([answer.statusCode, answer.headers.ratelimit]).toEqual([101, undefined])
      answer.socket.destroy()
    }
  })

  it('refuses options that are wrong, or do nothing', async () => {
    const limiter = twice()
    const wrong = (options: object): Promise<unknown> => open({ limiter, key, ...options } as CommonOptions)
    await expect(wrong({ limiter: 5 })).rejects.toThrow(
      'Expected `limiter` to be a limiter like createLimiter({ … }), got 5',
    )
    await expect(wrong({ fields: ['draft-12'] })).rejects.toThrow('Expected `fields` to be among')
    await expect(wrong({ charge: 5 })).rejects.toThrow('Expected `charge` to be a function, got 5')
    await expect(wrong({ cost: -1 })).rejects.toThrow('Expected `cost` to be an integer from 0 to 2^53 - 1, got -1')
    await expect(wrong({ cost: { tokens: 5 } })).rejects.toThrow('Expected `cost` to name policies among default')
  })
})

describe.each(rows)('several doors of %s in a row', (_name, serve) => {
  const open = async (row: readonly CommonOptions[], handle: Parameters<Serve>[1] = fine): Promise<string> => {
    const service = await serve(row, handle)
    services.push(service)
    return service.url
  }
  const key = (): string => 'ann'
  const items = (response: Response, name: string): readonly string[] =>
    response.headers.get(name)?.split(', ').sort() ?? []

  it('list the policies of all of them, also where one refuses', async () => {
    const url = await open([
      { limiter: twice(), key },
      { limiter: tokens(), key, cost: 60 },
    ])
    const first = await fetch(url)
    expect(items(first, 'RateLimit')).toEqual(['"api";r=1;t=60', '"tokens";r=40;t=24'])
    expect(items(first, 'RateLimit-Policy')).toEqual(['"api";q=2;w=120', '"tokens";q=100;w=60'])
    const refused = await fetch(url)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '12'])
    expect(items(refused, 'RateLimit')).toContain('"tokens";r=20;t=12')
    expect(items(refused, 'RateLimit').length).toBeLessThanOrEqual(2)
  })

  it('count a request twice by the same limiter, and list it once, as it is in the end', async () => {
    const limiter = tokens()
    const door = { limiter, key, cost: 30 }
    const handle = ({ decision }: Asked): Answer => ({ body: `${decision?.remaining}` })
    const url = await open([door, { limiter: twice(), key }, door], handle)
    const response = await fetch(url)
    expect(await response.text()).toBe('40')
    expect(items(response, 'RateLimit')).toEqual(['"api";r=1;t=60', '"tokens";r=40;t=24'])
    expect(items(response, 'RateLimit-Policy')).toEqual(['"api";q=2;w=120', '"tokens";q=100;w=60'])
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    expect(items(refused, 'RateLimit').filter((item) => item.startsWith('"tokens"'))).toHaveLength(1)
  })

  it('let scripts of other origins read each field once', async () => {
    const url = await open(
      [
        { limiter: twice(), key },
        { limiter: twice(), key },
      ],
      () => ({ headers: { 'Access-Control-Allow-Origin': '*' } }),
    )
    const names = (await fetch(url)).headers.get('Access-Control-Expose-Headers')?.split(', ') ?? []
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('two requests at one time, at a limit of 1', () => {
  const stores: readonly (readonly [string, () => Promise<{ store: Store; close(): unknown }>])[] = [
    ['memory', async () => ({ store: memoryStore(), close: () => {} })],
    [
      'ioredis',
      async () => {
        const client = new Redis(inject('redisUrl'), forIoredis)
        client.on('error', () => {})
        return { store: ioredisStore({ client, prefix: 'doors' }), close: () => client.disconnect() }
      },
    ],
    [
      'node-redis',
      async () => {
        const client = createClient({ url: inject('redisUrl'), ...forRedis })
        client.on('error', () => {})
        await client.connect()
        return { store: redisStore({ client, prefix: 'doors' }), close: () => client.close() }
      },
    ],
  ]

  it.each(doors.flatMap(([door, serve]) => stores.map(([store, make]) => [door, store, serve, make] as const)))(
    '%s on %s: exactly one passes',
    async (_door, _store, serve, make) => {
      const { store, close } = await make()
      const service = await serve({ limiter: once(store), key: () => 'ann' }, fine)
      services.push(service)
      const statuses = await Promise.all([1, 2].map(async () => (await fetch(service.url)).status))
      expect(statuses.sort()).toEqual([200, 429])
      await close()
    },
  )
})

describe.each(doors)('a client of %s that hangs up', (_name, serve) => {
  /** Where failures alone count, a client sends a guess, and is at hand in the handler, which may hang it up. */
  async function guess(handle: (client: ReturnType<typeof ask>, ended: Promise<void>) => Answer | Promise<Answer>) {
    const settled = settling(once())
    const outcomes: Outcome[] = []
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const refund = (outcome: Outcome): boolean => {
      outcomes.push(outcome)
      end()
      return outcome.status < 400
    }
    const service = await serve({ limiter: settled.limiter, key: () => 'ann', refund }, () => handle(client, ended))
    services.push(service)
    const client = ask(service.url, { agent: false }).on('error', () => {})
    client.on('response', (response) => response.on('error', () => {}).on('data', () => client.destroy()))
    client.end()
    await ended
    return { outcomes, url: service.url, calls: settled.calls }
  }

  it('before it is answered is told of as no success, so its guess counts', async () => {
    const { outcomes, url, calls } = await guess(async (client, ended) => {
      client.destroy()
      await ended
      return { status: 401 }
    })
    expect(outcomes).toEqual([{ status: 499, completed: false }])
    expect((await fetch(url)).status).toBe(429)
    expect(calls()).toEqual([])
  })

  it('in the middle of a response is told of with the status that it was sent', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('one')),
    })
    const { outcomes } = await guess(() => ({ status: 202, body }))
    expect(outcomes).toEqual([{ status: 202, completed: false }])
  })
})

interface Settling {
  readonly limiter: Limiter
  /** Resolves when the next refund or charge is done. */
  next(): Promise<void>
  calls(): readonly string[]
}

/** The same limiter, whose refunds and charges can be waited for. */
function settling(limiter: Limiter): Settling {
  const calls: string[] = []
  let waiting: (() => void) | undefined
  let awaited = 0
  const noted =
    <Args extends readonly unknown[]>(name: string, call: (...args: Args) => Promise<Decision>) =>
    async (...args: Args): Promise<Decision> => {
      const decision = await call(...args)
      calls.push(name)
      waiting?.()
      return decision
    }
  return {
    limiter: { ...limiter, refund: noted('refund', limiter.refund), charge: noted('charge', limiter.charge) },
    calls: () => calls,
    async next() {
      awaited += 1
      if (calls.length >= awaited) return
      await new Promise<void>((resolve) => {
        waiting = resolve
      })
    },
  }
}
