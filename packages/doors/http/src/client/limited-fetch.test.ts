import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLimiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { refusal } from '../emit/refusal.ts'
import type { Fetch, LimitedFetchOptions } from './fetch-settings.ts'
import { limitedFetch, type WaitTooLongError } from './limited-fetch.ts'
import { sleep } from './sleep.ts'

const start = Date.UTC(2026, 10, 27)
const url = 'https://api.example/v1'

/** A server that gives these answers in turn, the last for ever, and a client whose waits take no time. */
function play(answers: readonly (() => Response)[], options: LimitedFetchOptions = {}) {
  let now = start
  const waits: number[] = []
  const sent: { at: number; body: string }[] = []
  const server: Fetch = async (input, init) => {
    const body = await new Request(input, init).text()
    sent.push({ at: now - start, body })
    return (answers[Math.min(sent.length, answers.length) - 1] as () => Response)()
  }
  const client = limitedFetch(server, {
    clock: () => now,
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms)
      now += ms
    },
    ...options,
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { client, waits, sent, pass, now: () => now }
}

const ok =
  (headers: Record<string, string> = {}) =>
  () =>
    new Response('fine', { headers })
const no =
  (headers: Record<string, string> = {}, status = 429) =>
  () =>
    new Response('refused', { status, headers })

describe('after a refusal', () => {
  it('waits as long as Retry-After says, with jitter that is added', async () => {
    const { client, waits, sent } = play([no({ 'Retry-After': '3', RateLimit: '"a";r=0;t=9' }), ok()])
    expect(await (await client(url)).text()).toBe('fine')
    expect(waits).toEqual([3125])
    expect(sent).toHaveLength(2)
  })

  it('waits for the limit that is exhausted, and of several for the last one', async () => {
    const { client, waits } = play([no({ RateLimit: '"a";r=0;t=2, "b";r=0;t=4, "c";r=1;t=9' }), ok()])
    await client(url)
    expect(waits).toEqual([4125])
  })

  it('waits longer each time, where the server says nothing', async () => {
    const { client, waits } = play([no(), no(), no(), ok()])
    await client(url)
    expect(waits).toEqual([1125, 2250, 4500])
  })

  it.each<[number, Record<string, string>, number]>([
    [503, { 'Retry-After': '1' }, 2],
    [503, {}, 1],
    [403, { 'X-RateLimit-Remaining': '0' }, 2],
    [403, { 'X-RateLimit-Remaining': '9' }, 1],
    [500, { 'Retry-After': '1' }, 1],
    [404, {}, 1],
  ])('takes a %i with %j for a refusal or not', async (status, headers, times) => {
    const { client, sent } = play([no(headers, status), ok()])
    await client(url)
    expect(sent).toHaveLength(times)
  })

  it.each<[string, RequestInit, number]>([
    ['PUT', { method: 'put', body: 'x' }, 2],
    ['POST', { method: 'POST', body: 'x' }, 1],
    ['POST with a key', { method: 'POST', body: 'x', headers: { 'Idempotency-Key': '1' } }, 2],
    ['a stream', { method: 'PUT', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit, 1],
  ])('repeats only what may be repeated: %s', async (_, init, times) => {
    const { client, sent } = play([no({ 'Retry-After': '1' }), ok()])
    await client(url, init)
    expect(sent.map(({ body }) => body)).toEqual(Array(times).fill('x'))
  })

  it('repeats a Request with its body, and what the caller allows', async () => {
    const { client, sent } = play([no({ 'Retry-After': '1' }), ok()], { mayRepeat: () => true })
    await client(new Request(url, { method: 'POST', body: 'hello' }))
    expect(sent.map(({ body }) => body)).toEqual(['hello', 'hello'])
  })

  it('returns the refusal at once, rather than wait for longer than it may', async () => {
    const { client, waits } = play([no({ 'Retry-After': '50' }), no({ 'Retry-After': '10' })], { maxWait: '60s' })
    const response = await client(url)
    expect([response.status, await response.text()]).toEqual([429, 'refused'])
    expect(waits).toEqual([50_125])
  })

  it('spends a budget of retries, that successes earn back', async () => {
    const { client, sent } = play([no({ 'Retry-After': '0' })], { retryBudget: 3 })
    await client(url)
    expect(sent).toHaveLength(4)
    await client(url)
    expect(sent).toHaveLength(5)

    const answers = [
      no({ 'Retry-After': '0' }),
      ...Array.from({ length: 10 }, () => ok()),
      no({ 'Retry-After': '0' }),
      ok(),
    ]
    const other = play(answers, { retryBudget: 1 })
    for (let i = 0; i < 11; i += 1) await other.client(url)
    expect(other.sent).toHaveLength(13)
  })

  it('earns nothing back by answers that are no successes', async () => {
    const zero = { 'Retry-After': '0' }
    const answers = [no(zero), ...Array.from({ length: 20 }, () => no({}, 500)), no(zero), ok()]
    const { client } = play(answers, { retryBudget: 1 })
    for (let i = 0; i < 20; i += 1) await client(url)
    expect((await client(url)).status).toBe(429)
  })

  it('saves up no more retries than its budget', async () => {
    const { client, sent } = play([...Array.from({ length: 30 }, () => ok()), no({ 'Retry-After': '0' })], {
      retryBudget: 1,
    })
    for (let i = 0; i < 31; i += 1) await client(url)
    expect(sent).toHaveLength(32)
  })

  it('gives the connection of a refusal free', async () => {
    let isCancelled = false
    const body = new ReadableStream({
      cancel() {
        isCancelled = true
        throw new Error('connection lost')
      },
    })
    const { client } = play([() => new Response(body, { status: 429, headers: { 'Retry-After': '0' } }), ok()])
    expect((await client(url)).status).toBe(200)
    expect(isCancelled).toBe(true)
  })

  it('forgets the origin that it has used least recently, of more than a thousand', async () => {
    const { client, waits } = play([no({ 'Retry-After': '60' }), ok()])
    const [oldest, next] = ['https://oldest.example', 'https://next.example']
    await client(oldest, { method: 'POST' })
    for (let i = 0; i < 999; i += 1) await client(`https://${i}.example`)
    await client(next)
    await client(oldest)
    expect(waits).toEqual([])
  })

  it('repeats nothing on a budget of 0', async () => {
    const { client, sent } = play([no({ 'Retry-After': '0' })], { retryBudget: 0 })
    expect((await client(url)).status).toBe(429)
    expect(sent).toHaveLength(1)
  })

  it('keeps other requests to the same origin waiting, and none to another', async () => {
    const { client, sent } = play([no({ 'Retry-After': '5' }), ok()])
    await client(url, { method: 'POST' })
    await client('https://other.example/')
    await client(`${url}/more`)
    expect(sent.map(({ at }) => at)).toEqual([0, 0, 5125])
  })

  it('asks a server that wants to be left alone for a year once more after as long as a call may wait', async () => {
    const { client, waits, sent, pass } = play([no({ 'Retry-After': '31536000' }), ok()], { maxWait: '2m' })
    expect((await client(url)).status).toBe(429)
    pass(119_999)
    const error = await client(url).catch((error: WaitTooLongError) => error)
    expect(error).toMatchObject({ name: 'WaitTooLongError', retryAfterMs: 31_536_000_000 - 119_999 + 125 })
    pass(1)
    expect((await client(url)).status).toBe(200)
    expect((await client(url)).status).toBe(200)
    expect([waits, sent.length]).toEqual([[], 3])
  })
})

describe('before a refusal', () => {
  it('spreads what is left over the time until the reset, once little is left', async () => {
    const fields = (r: number) => ok({ 'RateLimit-Policy': '"a";q=100;w=60', RateLimit: `"a";r=${r};t=10` })
    const { client, sent } = play([fields(50), fields(10), fields(9), fields(8)], { random: () => 0 })
    for (let i = 0; i < 4; i += 1) await client(url)
    expect(sent.map(({ at }) => at)).toEqual([0, 0, 0, 1000])
  })

  it('waits for the limit that needs longest', async () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '300',
      'x-ratelimit-reset-tokens': '6m0s',
    }
    const options = { cost: () => ({ tokens: 400 }), maxWait: '10m', random: () => 0 } as const
    const { client, sent } = play([ok(headers), ok()], options)
    await client(url)
    await client(url)
    expect(sent.map(({ at }) => at)).toEqual([0, 360_000])
    const other = play([ok(headers), ok()], { ...options, cost: () => ({ tokens: 300 }) })
    await other.client(url)
    await other.client(url)
    expect(other.sent.map(({ at }) => at)).toEqual([0, 2000])
  })

  it('knows nothing any more once the limit is reset', async () => {
    const { client, sent, pass } = play([ok({ RateLimit: '"a";r=0;t=10' }), ok()])
    await client(url)
    pass(10_000)
    await client(url)
    expect(sent.map(({ at }) => at)).toEqual([0, 10_000])
  })

  it('counts what it has sent but the server had not seen', async () => {
    // Both are under way when the first is answered: of the one that was left, the second takes it.
    let now = start
    const answer: ((response: Response) => void)[] = []
    const sleeps: number[] = []
    const client = limitedFetch(() => new Promise((resolve) => answer.push(resolve)), {
      clock: () => now,
      random: () => 0,
      sleep: async (ms) => {
        sleeps.push(ms)
        now += ms
      },
    })
    const state = (r: number) => new Response('', { headers: { RateLimit: `"a";r=${r};t=10` } })
    const [first, second] = [client(url), client(url)]
    await new Promise(setImmediate)
    answer[0]?.(state(1))
    await first
    const third = client(url)
    await new Promise(setImmediate)
    expect(sleeps).toEqual([10_000])
    answer[1]?.(state(0))
    await second
    await new Promise(setImmediate)
    answer[2]?.(state(9))
    expect((await third).status).toBe(200)
  })

  it('forgets a request that failed on the way', async () => {
    let fails = true
    const client = limitedFetch(
      async () => {
        if (fails) throw new TypeError('fetch failed')
        return new Response('', { headers: { RateLimit: '"a";r=1;t=10' } })
      },
      { clock: () => start, sleep: () => Promise.reject(new Error('must not wait')) },
    )
    await expect(client(url)).rejects.toThrow('fetch failed')
    fails = false
    await client(url)
    await client(url)
  })

  it('does not count a request that failed as one that the server has yet to see', async () => {
    const requests: { resolve(response: Response): void; reject(error: Error): void }[] = []
    const client = limitedFetch(() => new Promise((resolve, reject) => requests.push({ resolve, reject })), {
      clock: () => start,
      sleep: () => Promise.reject(new Error('must not wait')),
    })
    const [first, second] = [client(url), client(url)]
    await new Promise(setImmediate)
    requests[1]?.reject(new TypeError('fetch failed'))
    await expect(second).rejects.toThrow('fetch failed')
    requests[0]?.resolve(new Response('', { headers: { RateLimit: '"a";r=1;t=10' } }))
    await first
    const third = client(url)
    await new Promise(setImmediate)
    requests[2]?.resolve(new Response('fine'))
    expect((await third).status).toBe(200)
  })
})

describe('with a limiter of its own', () => {
  const setting = (policy: Parameters<typeof createLimiter>[0]['policy']) => {
    const game = play([ok()])
    const limiter = createLimiter({ name: 'out', policy, store: memoryStore({ clock: game.now }) } as never)
    const client = () =>
      play([ok()], {
        limiter,
        clock: game.now,
        sleep: async (ms) => game.pass(ms),
      })
    return { game, client }
  }

  it('many clients keep one quota, which is evenly spaced by a leaky bucket', async () => {
    const { game, client } = setting(leakyBucket({ capacity: 10, leak: 1, per: '1s' }))
    const clients = Array.from({ length: 10 }, client)
    for (const { client } of clients) await client(url)
    expect(game.now() - start).toBe(9000)
  })

  it('waits for its turn, and says when that would take too long', async () => {
    const { game, client } = setting(fixedWindow({ limit: 1, window: '40s' }))
    const one = client()
    await one.client(url)
    await one.client(url)
    expect(game.now() - start).toBeGreaterThan(0)
    expect(game.now() - start).toBeLessThanOrEqual(40_000)

    const strict = setting(tokenBucket({ capacity: 1, refill: 1, per: '3m' })).client()
    await strict.client(url)
    const error = await strict.client(url).catch((error: WaitTooLongError) => error)
    expect(error).toMatchObject({ name: 'WaitTooLongError', code: 'WAIT_TOO_LONG', retryAfterMs: 180_000 })
    expect(strict.sent).toHaveLength(1)
  })
})

describe('a signal', () => {
  it('ends a wait, by init and by Request', async () => {
    for (const how of ['init', 'request']) {
      const controller = new AbortController()
      const { client } = play([no({ 'Retry-After': '5' })], {
        sleep: (ms, signal) => {
          const slept = sleep(ms, signal)
          controller.abort(new Error('given up'))
          return slept
        },
      })
      const { signal } = controller
      await expect(how === 'init' ? client(url, { signal }) : client(new Request(url, { signal }))).rejects.toThrow(
        'given up',
      )
    }
  })
})

it('waits for a real server, and is admitted', async () => {
  let now = start
  const policy = tokenBucket({ capacity: 2, refill: 1, per: '10s' })
  const limiter = createLimiter({ name: 'api', policy, store: memoryStore({ clock: () => now }) })
  const quotas = { name: 'api', policies: { default: policy } }
  const seen: string[] = []
  const server = createServer((request, response) => {
    const decision = { ...limiter.consumeSync('ann'), at: now }
    seen.push(`${request.method} ${decision.allowed}`)
    if (decision.allowed) response.end('fine')
    else {
      const { status, headers, problem } = refusal(decision, quotas)
      response.writeHead(status, headers).end(JSON.stringify(problem))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const client = limitedFetch(fetch, {
      clock: () => now,
      random: () => 0,
      sleep: async (ms) => {
        now += ms
      },
    })
    const { port } = server.address() as AddressInfo
    for (let i = 0; i < 3; i += 1) {
      const response = await client(`http://127.0.0.1:${port}/`)
      expect(await response.text()).toBe('fine')
    }
    expect(seen).toEqual(['GET true', 'GET true', 'GET false', 'GET true'])
    expect(now - start).toBe(10_000)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

it.each<[unknown, RegExp]>([
  [{ maxWait: '2d' }, /`maxWait` to be at most a day/],
  [{ maxWait: 'soon' }, /`maxWait`/],
  [{ retryBudget: -1 }, /`retryBudget` to be an integer from 0/],
  [{ mayRepeat: true }, /`mayRepeat` to be a function/],
  [{ limiter: {} }, /`limiter` to be a limiter/],
  [{ retries: 3 }, /`retries`/],
])('refuses the options %j', (options, message) => {
  expect(() => limitedFetch(fetch, options as LimitedFetchOptions)).toThrow(message)
})
