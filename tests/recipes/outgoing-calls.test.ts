import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { createAdaptorServer } from '@hono/node-server'
import type { Fetch, Sleep } from '@sluice/http'
import { describe, expect, it } from 'vitest'
import { server } from '../../examples/recipes/outgoing-calls.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores } from './recipe-stores.ts'

const start = Date.UTC(2026, 10, 27)
const second = 1000
const hour = 3_600_000

/**
 * Time that goes on by itself: while calls are under way it stands still, and when all of them sleep it is at once when the first
 * of them wakes.
 */
function restlessTime() {
  const clock: Clock = { now: start }
  const sleeping = new Map<symbol, { readonly until: number; readonly wake: () => void }>()
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  let underWay = 0
  const notify = (): void => {
    for (const { count, resolve } of waiting) if (sleeping.size === count) resolve()
  }
  /** Resolves when so many calls sleep. */
  const asleep = (count: number) =>
    new Promise<void>((resolve) => {
      waiting.push({ count, resolve })
      notify()
    })
  const goOn = (): void => {
    if (sleeping.size === 0 || sleeping.size < underWay) return
    clock.now = Math.max(clock.now, Math.min(...[...sleeping.values()].map(({ until }) => until)))
    for (const [id, { until, wake }] of sleeping) {
      if (until > clock.now) continue
      sleeping.delete(id)
      wake()
    }
  }
  const sleep: Sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (ms === 0) return resolve()
      const id = Symbol()
      sleeping.set(id, { until: clock.now + ms, wake: resolve })
      signal?.addEventListener('abort', () => {
        sleeping.delete(id)
        notify()
        reject(signal.reason)
      })
      notify()
      goOn()
    })
  const during = async <T>(call: Promise<T>): Promise<T> => {
    underWay += 1
    const result = await call.finally(() => {
      underWay -= 1
    })
    // Not where a client has hung up, of which the server has yet to hear.
    goOn()
    return result
  }
  return { clock, sleep, during, asleep }
}

/** What the API answers to a mail: status and fields. */
type Answer = readonly [status: number, fields?: Readonly<Record<string, string>>]

interface Opening {
  readonly answer?: (mail: string) => Answer | Promise<Answer>
  readonly processes?: number
}

describe.each(recipeStores)('outgoing calls, counted in %s', (_name, storeAt) => {
  /** An API, which says how it is called, and processes that send to it what the test gives them. */
  const open = async ({ answer = () => [200], processes = 1 }: Opening = {}) => {
    const { clock, sleep, during, asleep } = restlessTime()
    const calls: { readonly at: number; readonly key: string; readonly body: string }[] = []
    const handle = async (request: IncomingMessage): Promise<Answer> => {
      const at = clock.now - start
      const body = await text(request)
      calls.push({ at, key: String(request.headers['idempotency-key']), body })
      return answer(body)
    }
    const upstream = createServer(async (request, response) => {
      const [status, fields = {}] = await handle(request)
      response.writeHead(status, fields).end('an answer')
    })
    const apiUrl = await listen(upstream)
    const api: Fetch = (input, init) => fetch(`${apiUrl}${new URL(String(input)).pathname}`, init)
    const store = storeAt(clock)
    const time = { clock: () => clock.now, random: () => 0, sleep }
    const urls: string[] = []
    for (let i = 0; i < processes; i += 1) {
      urls.push(await listen(createAdaptorServer({ fetch: server({ store, api, time }).fetch }) as Server))
    }
    const send = (body: string, { process = 0, signal }: { process?: number; signal?: AbortSignal } = {}) =>
      during(fetch(`${urls[process]}/mails`, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) }))
    /** So many mails at one time, spread over the processes: the statuses of the answers. */
    const sendMany = async (count: number): Promise<readonly Response[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => send(`mail ${i}`, { process: i % processes })))
    /** A client that hangs up when its mail waits. Meanwhile time stands still, as for a call that is not answered. */
    const hangUpAsleep = async (body: string): Promise<void> => {
      let goOn = (): void => {}
      const standing = during(
        new Promise<void>((resolve) => {
          goOn = resolve
        }),
      )
      const client = new AbortController()
      const call = send(body, { signal: client.signal })
      await asleep(1)
      client.abort()
      await expect(call).rejects.toThrow()
      await asleep(0)
      goOn()
      await standing
    }
    return { clock, upstream, calls, send, sendMany, hangUpAsleep }
  }
  const of = (all: readonly Response[], status: number): number => all.filter((one) => one.status === status).length
  const everySoOften = (count: number, from = 0): readonly number[] =>
    Array.from({ length: count }, (_, i) => from + i * 200)

  it('sends five mails a second of sixty at one time, and refuses what would wait for longer than ten', async () => {
    const { calls, sendMany, send } = await open()
    const all = await sendMany(60)
    expect([of(all, 202), of(all, 503)]).toEqual([50, 10])
    expect(all.find(({ status }) => status === 503)?.headers.get('Retry-After')).toBe('1')
    expect(calls.map(({ at }) => at)).toEqual(everySoOften(50))
    expect(new Set(calls.map(({ body }) => body)).size).toBe(50)
    expect(new Set(calls.map(({ key }) => key)).size).toBe(50)
    expect((await send('after them')).status).toBe(202)
    expect(calls.at(-1)?.at).toBe(50 * 200)
  })

  it('spaces what several processes send', async () => {
    const { calls, sendMany } = await open({ processes: 3 })
    expect(of(await sendMany(30), 202)).toBe(30)
    expect(calls.map(({ at }) => at)).toEqual(everySoOften(30))
  })

  it('sends no burst after it has been idle', async () => {
    const { clock, calls, sendMany } = await open()
    await sendMany(1)
    clock.now = start + hour
    await sendMany(10)
    expect(calls.map(({ at }) => at)).toEqual([0, ...everySoOften(10, hour)])
  })

  it('sends nothing while the API wants nothing, then what waits, evenly, each mail once', async () => {
    let asked = 0
    const answer = (): Answer => {
      asked += 1
      const policy = { 'RateLimit-Policy': '"mails";q=5;w=1' }
      return asked === 6 ? [429, { ...policy, 'Retry-After': '3' }] : [200, policy]
    }
    const { calls, sendMany } = await open({ answer })
    expect(of(await sendMany(20), 202)).toBe(20)
    expect(calls.slice(0, 6).map(({ at }) => at)).toEqual(everySoOften(6))
    expect(calls.slice(6).map(({ at }) => at)).toEqual(everySoOften(15, 4 * second))
    const refused = calls[5]
    expect(calls.filter(({ key }) => key === refused?.key)).toHaveLength(2)
    expect(calls.filter(({ body }) => body === refused?.body)).toHaveLength(2)
    expect(new Set(calls.map(({ key }) => key)).size).toBe(20)
  })

  it('says so at once where the API wants nothing for an hour, and asks it no more', async () => {
    const { calls, send } = await open({ answer: () => [429, { 'Retry-After': '3600' }] })
    const first = await send('a')
    expect([first.status, first.headers.get('Retry-After')]).toEqual([503, '3600'])
    const second = await send('b')
    expect([second.status, second.headers.get('Retry-After')]).toEqual([503, '3600'])
    expect(calls).toHaveLength(1)
  })

  it('gives up on an API that refuses for ever, after a bounded number of calls', async () => {
    const { clock, calls, sendMany } = await open({ answer: () => [429] })
    expect(of(await sendMany(50), 503)).toBe(50)
    expect(calls.length).toBeLessThanOrEqual(50 + 10)
    expect(clock.now - start).toBeLessThanOrEqual(20 * second)
  })

  it('sends nothing of a client that hangs up while it waits for its turn, and the next no sooner', async () => {
    const { calls, send, hangUpAsleep } = await open()
    await send('first')
    await hangUpAsleep('gone')
    await send('last')
    expect(calls.map(({ body, at }) => [body, at])).toEqual([
      ['first', 0],
      ['last', 400],
    ])
  })

  it('asks once for a client that hangs up while it waits for the API', async () => {
    const answers: Readonly<Record<string, Answer>> = { gone: [429, { 'Retry-After': '3' }] }
    const { calls, send, hangUpAsleep } = await open({ answer: (mail) => answers[mail] ?? [200] })
    await hangUpAsleep('gone')
    await send('last')
    expect(calls.map(({ body, at }) => [body, at])).toEqual([
      ['gone', 0],
      ['last', 3 * second],
    ])
  })

  it('answers where the API does not', async () => {
    const { upstream, send } = await open()
    upstream.close()
    upstream.closeAllConnections()
    expect((await send('a')).status).toBe(502)
  })

  it('answers where the API is broken, and asks once', async () => {
    const { calls, send } = await open({ answer: () => [500] })
    expect((await send('a')).status).toBe(502)
    expect(calls).toHaveLength(1)
  })

  it('takes no large mail', async () => {
    const { calls, send } = await open()
    expect((await send('x'.repeat(100_001))).status).toBe(413)
    expect(calls).toEqual([])
  })
})
