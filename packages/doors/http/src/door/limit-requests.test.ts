import { createLimiter, memoryStore, type Policy, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it, vi } from 'vitest'
import type { DoorLimiter } from './door-options.ts'
import { type Door, type LimitRequestsOptions, limitRequests } from './limit-requests.ts'
import { decisionOf, withLimitFields } from './request-limits.ts'

const start = Date.UTC(2026, 10, 27)

/** A limiter of one policy. */
function limiterOf(policy: Policy, name = 'api'): SyncLimiter {
  return createLimiter({ name, policy, store: memoryStore({ clock: () => start }) })
}

const twice = () => limiterOf(tokenBucket({ capacity: 2, refill: 1, per: '1m' }))
const request = (headers: Record<string, string> = {}) => new Request('https://shop.example/', { headers })
const key = () => 'ann'

describe('a door', () => {
  it('lets requests through, and refuses with a problem document and fields', async () => {
    const door = limitRequests({ limiter: twice(), key })
    expect(await door(request())).toBeUndefined()
    expect(await door(request())).toBeUndefined()
    const refusal = await door(request())
    expect(refusal?.status).toBe(429)
    expect(refusal?.headers.get('Retry-After')).toBe('60')
    expect(refusal?.headers.get('RateLimit')).toBe('"api";r=0;t=60')
    expect(await refusal?.json()).toMatchObject({ status: 429, 'violated-policies': ['api'] })
  })

  it('admits exactly one of two concurrent requests at a limit of 1', async () => {
    const door = limitRequests({ limiter: limiterOf(fixedWindow({ limit: 1, window: '1h' })), key })
    const answers = await Promise.all([door(request()), door(request())])
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1)
  })

  it('is told by the server who asks', async () => {
    const door = limitRequests<{ peer: string }>({ limiter: twice(), key: (_, { peer }) => peer })
    for (const peer of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) expect(await door(request(), { peer })).toBeUndefined()
    expect((await door(request(), { peer: '192.0.2.1' }))?.status).toBe(429)
  })

  it('charges what a request costs, and says that it can never be admitted', async () => {
    const cost = vi.fn(async (request: Request) => Number(request.headers.get('x-cost')))
    const door = limitRequests({ limiter: twice(), key, cost })
    expect((await door(request({ 'x-cost': '3' })))?.status).toBe(413)
    expect(await door(request({ 'x-cost': '2' }))).toBeUndefined()
    expect((await door(request({ 'x-cost': '1' })))?.status).toBe(429)
    const strict = limitRequests({ limiter: twice(), key, cost: 3, neverStatus: 400 })
    expect((await strict(request()))?.status).toBe(400)
  })

  it('takes the limiter of the request, or none', async () => {
    const tiers: Record<string, DoorLimiter> = {
      free: limiterOf(fixedWindow({ limit: 1, window: '1h' }), 'free'),
      paid: limiterOf(fixedWindow({ limit: 2, window: '1h' }), 'paid'),
    }
    const door = limitRequests({ limiter: (request) => tiers[request.headers.get('x-tier') ?? ''], key })
    const times = async (tier: string) => {
      const answers = [1, 2, 3].map(() => door(request({ 'x-tier': tier })))
      return (await Promise.all(answers)).filter((answer) => answer === undefined).length
    }
    expect([await times('free'), await times('paid'), await times('staff')]).toEqual([1, 2, 3])
  })

  it('lets pass uncounted what is to be skipped', async () => {
    const limiter = twice()
    const door = limitRequests({ limiter, key, skip: async (request) => request.headers.has('x-health') })
    for (let i = 0; i < 5; i += 1) expect(await door(request({ 'x-health': '1' }))).toBeUndefined()
    expect(limiter.peekSync('ann').remaining).toBe(2)
  })

  it('lets the service make another refusal, and forms of its fields', async () => {
    const refuse: LimitRequestsOptions['refuse'] = ({ standard, decision }) =>
      new Response(`slow down, ${decision.retryAfterMs}`, { status: 420, headers: standard.headers })
    const door = limitRequests({ limiter: twice(), key, cost: 2, fields: ['draft-7', 'x-ratelimit'], refuse })
    await door(request())
    const refusal = await door(request())
    expect([refusal?.status, await refusal?.text()]).toEqual([420, 'slow down, 120000'])
    expect(refusal?.headers.get('RateLimit')).toBe('limit=2, remaining=0, reset=120')
    expect(refusal?.headers.get('X-RateLimit-Reset')).toBe(String(start / 1000 + 120))
  })

  it('gives back what turned out to be worth it', async () => {
    const limiter = twice()
    const login = request()
    expect(await limitRequests({ limiter, key })(login)).toBeUndefined()
    const of = decisionOf(login)
    expect(of?.remaining).toBe(1)
    expect((await limiter.refund('ann', { of })).remaining).toBe(2)
    expect(decisionOf(request())).toBeUndefined()
  })

  it('counts nothing where a function of its options throws, or the client has gone', async () => {
    const limiter = twice()
    const fails = () => {
      throw new Error('no session')
    }
    await expect(limitRequests({ limiter, key: fails })(request())).rejects.toThrow('no session')
    await expect(limitRequests({ limiter, key, cost: fails })(request())).rejects.toThrow('no session')
    const gone = new Request('https://shop.example/', { signal: AbortSignal.abort(new Error('gone')) })
    await expect(limitRequests({ limiter, key })(gone)).rejects.toThrow('gone')
    expect(limiter.peekSync('ann').remaining).toBe(2)
  })
})

describe('the response to an admitted request', () => {
  it('says what is left, and lets scripts of other origins read it', async () => {
    const door = limitRequests({ limiter: twice(), key })
    const asked = request()
    await door(asked)
    const plain = withLimitFields(asked, new Response('fine', { headers: { 'X-Own': '1' } }))
    expect(Object.fromEntries(plain.headers)).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      'ratelimit-policy': '"api";q=2;w=120',
      ratelimit: '"api";r=1;t=60',
      'x-own': '1',
    })
    expect(await plain.text()).toBe('fine')
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'X-Own' }
    const shared = withLimitFields(asked, new Response('', { headers }))
    expect(shared.headers.get('Access-Control-Expose-Headers')).toBe('X-Own, RateLimit-Policy, RateLimit')
  })

  it('lists the policies of all doors', async () => {
    const asked = request()
    await limitRequests({ limiter: twice(), key })(asked)
    await limitRequests({ limiter: limiterOf(fixedWindow({ limit: 9, window: '1h' }), 'route'), key })(asked)
    const { headers } = withLimitFields(asked, new Response(null, { status: 204 }))
    expect(headers.get('RateLimit')).toBe('"api";r=1;t=60, "route";r=8;t=3200')
    expect(headers.get('RateLimit-Policy')).toBe('"api";q=2;w=120, "route";q=9;w=3600')
  })

  it('lists a limiter once that has counted the request twice, beside what a fetched response says of its own', async () => {
    const asked = request()
    const limiter = limiterOf(fixedWindow({ limit: 9, window: '1h' }))
    for (const cost of [1, 3]) await limitRequests({ limiter, key, cost })(asked)
    expect(decisionOf(asked)?.remaining).toBe(5)
    const upstream = () => new Response('fine', { headers: { RateLimit: '"upstream";r=3;t=2' } })
    const { headers } = withLimitFields(asked, upstream())
    expect(headers.get('RateLimit')).toBe('"upstream";r=3;t=2, "api";r=5;t=2000')
    expect(headers.get('RateLimit-Policy')).toBe('"api";q=9;w=3600')
    const again = withLimitFields(asked, withLimitFields(asked, upstream()))
    expect(again.headers.get('RateLimit')).toBe('"upstream";r=3;t=2, "api";r=5;t=2000')
  })

  it('names all doors in the refusal of the last', async () => {
    const asked = request()
    await limitRequests({ limiter: limiterOf(fixedWindow({ limit: 9, window: '1h' }), 'route'), key })(asked)
    const spent = limiterOf(fixedWindow({ limit: 1, window: '1h' }))
    spent.consumeSync('ann')
    const refused = (await limitRequests({ limiter: spent, key })(asked)) as Response
    expect(refused.headers.get('RateLimit')).toBe('"route";r=8;t=3200, "api";r=0;t=3600')
    expect(withLimitFields(asked, refused).headers.get('RateLimit')).toBe('"route";r=8;t=3200, "api";r=0;t=3600')
  })

  it('passes a stream on as it comes', async () => {
    const asked = request()
    await limitRequests({ limiter: twice(), key })(asked)
    const { readable, writable } = new TransformStream<Uint8Array>()
    const writer = writable.getWriter()
    const reader = withLimitFields(asked, new Response(readable)).body?.getReader()
    const first = writer.write(new Uint8Array([1]))
    expect((await reader?.read())?.value).toEqual(new Uint8Array([1]))
    await first
    await writer.close()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('may be one that came from fetch, whose headers cannot be changed', async () => {
    const asked = request()
    await limitRequests({ limiter: twice(), key })(asked)
    const fetched = await fetch('data:text/plain,fine')
    expect(() => fetched.headers.set('RateLimit', '')).toThrow(TypeError)
    const response = withLimitFields(asked, fetched)
    expect([response.headers.get('RateLimit'), await response.text()]).toEqual(['"api";r=1;t=60', 'fine'])
  })

  it('stays as it is where there is nothing to say, or nowhere to say it', async () => {
    const asked = request()
    const fine = new Response('fine')
    expect(withLimitFields(asked, fine)).toBe(fine)
    await limitRequests({ limiter: twice(), key })(asked)
    const redirect = Response.redirect('https://shop.example/there')
    expect(withLimitFields(asked, redirect)).toBe(redirect)
  })
})

describe('a door warns once', () => {
  const codes = async (options: LimitRequestsOptions, times: number) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const door = limitRequests(options)
      for (let i = 0; i < times; i += 1) await door(request())
      return warn.mock.calls.map(([, options]) => (options as { code: string }).code)
    } finally {
      warn.mockRestore()
    }
  }

  it.each([
    ['', ['SLUICE_EMPTY_KEY']],
    ['undefined', ['SLUICE_SHARED_KEY']],
    ['[object Object]', ['SLUICE_SHARED_KEY']],
    ['ann', []],
  ])('of a key that all share: %j', async (shared, expected) => {
    expect(await codes({ limiter: twice(), key: () => shared }, 2)).toEqual(expected)
  })

  it('of a key by policy that all share', async () => {
    const policies = { user: fixedWindow({ limit: 9, window: '1h' }), ip: fixedWindow({ limit: 9, window: '1h' }) }
    const limiter = createLimiter({ name: 'api', policies, slot: 'limiter' })
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      await limitRequests({ limiter, key: () => ({ user: 'undefined', ip: '192.0.2.7' }) })(request())
      await limitRequests({ limiter, key: () => ({ user: 'ann', ip: '' }) })(request())
      expect(warn.mock.calls.map(([message]) => message)).toEqual([
        'The `key.user` of limitRequests is "undefined": all such requests share one limit. Said once.',
        'The `key.ip` of limitRequests is empty: all such requests share one limit. Said once.',
      ])
    } finally {
      warn.mockRestore()
    }
  })

  it('of a limiter that is made for each request', async () => {
    expect(await codes({ limiter: twice, key }, 103)).toEqual(['SLUICE_LIMITER_PER_REQUEST'])
    const tiers = Array.from({ length: 100 }, twice)
    let turn = 0
    const limiter = () => {
      turn += 1
      return tiers[turn % 100]
    }
    expect(await codes({ limiter, key }, 1003)).toEqual([])
    // A limiter for each of many customers, made when the customer comes for the first time.
    const customers = new Map<number, DoorLimiter>()
    const ofCustomer = () => {
      turn += 1
      const customer = turn % 2 === 0 ? 0 : turn
      customers.set(customer, customers.get(customer) ?? twice())
      return customers.get(customer)
    }
    expect(await codes({ limiter: ofCustomer, key }, 503)).toEqual([])
  })

  it('of a door that is made for each request, and not of doors that are kept', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const limiter = limiterOf(fixedWindow({ limit: 9999, window: '1h' }))
      // Doors that are made with the service, and asked later.
      const early = Array.from({ length: 150 }, () => limitRequests({ limiter, key }))
      await Promise.resolve()
      for (const door of early) await door(request())
      // Doors that are made when they are first needed, and kept.
      const kept = new Map<number, Door>()
      for (let i = 0; i < 300; i += 1) {
        const door = kept.get(i % 90) ?? limitRequests({ limiter, key })
        kept.set(i % 90, door)
        await door(request())
      }
      expect(warn).not.toHaveBeenCalled()

      for (let i = 0; i < 250; i += 1) await limitRequests({ limiter, key })(request())
      expect(warn.mock.calls.map(([message]) => message)).toEqual([
        '100 requests in a row came through a limitRequests of their own: make it once, outside of the handler. Said once.',
      ])
    } finally {
      warn.mockRestore()
    }
  })

  it('of a door that counts a request twice', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const limiter = limiterOf(fixedWindow({ limit: 9, window: '1h' }))
      const [one, other] = [limitRequests({ limiter, key }), limitRequests({ limiter, key })]
      for (let i = 0; i < 2; i += 1) {
        const asked = request()
        await one(asked)
        await other(asked)
      }
      expect(warn).not.toHaveBeenCalled()
      for (let i = 0; i < 2; i += 1) {
        const asked = request()
        await one(asked)
        await one(asked)
      }
      expect(warn.mock.calls.map(([, options]) => (options as { code: string }).code)).toEqual(['SLUICE_COUNTED_TWICE'])
    } finally {
      warn.mockRestore()
    }
  })
})

it.each<[unknown, RegExp]>([
  [{ key }, /`limiter` to be a limiter like createLimiter/],
  [{ limiter: {}, key }, /`limiter` to be a limiter like createLimiter/],
  [{ limiter: twice() }, /`key` to be a function, got undefined/],
  [{ limiter: twice(), key: 'ann' }, /`key` to be a function, got "ann"/],
  [{ limiter: twice(), key, skip: true }, /`skip` to be a function, got true/],
  [{ limiter: twice(), key, refuse: 429 }, /`refuse` to be a function, got 429/],
  [{ limiter: twice(), key, fields: ['legacy'] }, /`fields` to be among/],
  [{ limiter: twice(), key, neverStatus: 429 }, /`neverStatus` to be 413 or 400/],
  [{ limiter: twice(), key, windowMs: 1000 }, /`windowMs`/],
])('refuses options that are wrong, or do nothing', (options, message) => {
  expect(() => limitRequests(options as LimitRequestsOptions)).toThrow(message)
})

it('names what a function returns instead of a limiter', async () => {
  const door = limitRequests({ limiter: () => ({}) as DoorLimiter, key })
  await expect(door(request())).rejects.toThrow('`limiter` to be a limiter like createLimiter')
})

it('options that do nothing are a type error', () => {
  // @ts-expect-error Nothing tells this door when the response has been sent.
  expect(() => limitRequests({ limiter: twice(), key, charge: () => 1 })).toThrow('got `charge`')
  // @ts-expect-error There is no such option.
  expect(() => limitRequests({ limiter: twice(), key, windowMs: 1000 })).toThrow(TypeError)
})
