import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { server } from '../../examples/recipes/block-after-failures.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores, watched } from './recipe-stores.ts'

const second = 1000
const minute = 60_000
const day = 86_400_000

/** Vouchers that are worth their number, however often they are redeemed: `yes-20`. */
async function redeem(code: string): Promise<number | undefined> {
  await setImmediate()
  return code.startsWith('yes-') ? Number(code.slice(4)) : undefined
}

describe.each(recipeStores)('a block after failures, counted in %s', (_name, storeAt) => {
  /** A shop that takes vouchers, and how to redeem one from an address, which the proxy that the test stands for has seen. */
  const open = async (look: typeof redeem = redeem) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const { store, next } = watched(storeAt(clock))
    const looked: string[] = []
    const http = createServer(
      server({
        store,
        redeem: (code) => {
          looked.push(code)
          return look(code)
        },
      }),
    )
    const url = await listen(http)
    const send = (code: unknown, from = '192.0.2.7'): Promise<Response> =>
      fetch(`${url}/vouchers`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': from },
        body: JSON.stringify({ code }),
      })
    const statuses = async (...codes: readonly string[]): Promise<readonly number[]> => {
      const all: number[] = []
      for (const code of codes) all.push((await send(code)).status)
      return all
    }
    return { clock, http, url, next, looked, send, statuses }
  }
  const wrong = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `no-${i}`)

  it('looks at five guesses of fifty that come at one time, and at no more for a day', async () => {
    const { clock, looked, send, statuses } = await open()
    const guesses = await Promise.all(wrong(50).map((code) => send(code)))
    expect(guesses.filter(({ status }) => status === 404)).toHaveLength(5)
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(45)
    clock.now += day - 1
    expect(await statuses('yes-20')).toEqual([429])
    expect(looked).toHaveLength(5)
  })

  it('blocks from the fifth failure on, for a day from then, also where guesses go on', async () => {
    const { clock, send, statuses } = await open()
    expect(await statuses(...wrong(4))).toEqual([404, 404, 404, 404])
    clock.now += 5 * minute
    expect(await statuses('no', 'yes-20')).toEqual([404, 429])
    expect((await send('yes-20')).headers.get('Retry-After')).toBe(String(day / second))
    for (let hour = 0; hour < 23; hour += 1) {
      clock.now += 60 * minute
      expect(await statuses('no')).toEqual([429])
    }
    clock.now += 60 * minute - 1
    const last = await send('yes-20')
    expect([last.status, last.headers.get('Retry-After')]).toEqual([429, '1'])
    clock.now += 1
    expect(await statuses('yes-20', ...wrong(4))).toEqual([200, 404, 404, 404, 404])
    expect(await statuses('no', 'yes-20')).toEqual([404, 429])
  })

  it('does not block after four failures in ten minutes, until there are twenty in a day', async () => {
    const { clock, statuses } = await open()
    for (let i = 0; i < 4; i += 1) {
      expect(await statuses(...wrong(4))).toEqual([404, 404, 404, 404])
      clock.now += 10 * minute
    }
    expect(await statuses(...wrong(4))).toEqual([404, 404, 404, 404])
    expect(await statuses('yes-20')).toEqual([429])
    clock.now += day - 1
    expect(await statuses('yes-20')).toEqual([429])
    clock.now += 1
    expect(await statuses('yes-20', ...wrong(4))).toEqual([200, 404, 404, 404, 404])
  })

  it('blocks after five failures in any ten minutes, and not after five in more', async () => {
    const { clock, statuses } = await open()
    expect(await statuses('no')).toEqual([404])
    clock.now += 9 * minute
    expect(await statuses(...wrong(3))).toEqual([404, 404, 404])
    clock.now += minute
    expect(await statuses('no', 'yes-20')).toEqual([404, 200])
    clock.now += 9 * minute - 1
    expect(await statuses('no', 'yes-20')).toEqual([404, 429])
  })

  it('does not lengthen a block when a guess turns out to be wrong after it has begun', async () => {
    let look = (): void => {}
    const looked = new Promise<undefined>((resolve) => {
      look = () => resolve(undefined)
    })
    const { clock, next, send, statuses } = await open((code) => (code === 'late' ? looked : redeem(code)))
    const counted = next('consume')
    const answer = send('late')
    await counted
    expect(await statuses(...wrong(4), 'yes-20')).toEqual([404, 404, 404, 404, 429])
    clock.now += minute
    look()
    expect((await answer).status).toBe(404)
    clock.now += day - minute
    expect(await statuses('yes-20')).toEqual([200])
  })

  it('counts failures alone, and forgets none of them after a success', async () => {
    const { next, send, statuses } = await open()
    for (let i = 0; i < 8; i += 1) {
      const refunded = next('refund')
      expect((await send('yes-20')).status).toBe(200)
      await refunded
      if (i % 2 === 0) expect(await statuses('no')).toEqual([404])
    }
    expect(await statuses('no', 'yes-20')).toEqual([404, 429])
  })

  it('counts and blocks a client that hangs up before it is answered', async () => {
    let gone: Promise<unknown> = Promise.resolve()
    let looking = (): void => {}
    const { http, url, next, statuses } = await open(async () => {
      looking()
      await gone
      return undefined
    })
    const body = JSON.stringify({ code: 'no' })
    const head = ['POST /vouchers HTTP/1.1', 'Host: a', 'X-Forwarded-For: 192.0.2.7', 'Content-Type: application/json']
    const blocked = next('charge')
    for (let i = 0; i < 5; i += 1) {
      gone = new Promise((resolve) => http.once('request', (_, response) => response.once('close', resolve)))
      const looked = new Promise<void>((resolve) => {
        looking = resolve
      })
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.write([...head, `Content-Length: ${body.length}`, '', body].join('\r\n'))
      await looked
      socket.destroy()
      await gone
    }
    await blocked
    expect(await statuses('yes-20')).toEqual([429])
  })

  it('blocks a /56, whatever address of it is used, and nobody else', async () => {
    const { send } = await open()
    for (let i = 0; i < 5; i += 1) {
      expect((await send('no', `203.0.113.${i}, 2001:db8:0:aa0${i}::${i}`)).status).toBe(404)
    }
    expect((await send('yes-20', '2001:db8:0:aaff::1')).status).toBe(429)
    expect((await send('yes-20', '2001:db8:0:ab00::1')).status).toBe(200)
  })

  it('tells nothing but when to come back', async () => {
    const { send, statuses } = await open()
    const names = (response: Response): readonly string[] => [...response.headers.keys()]
    const open404 = await send('no')
    await statuses(...wrong(4))
    const refused = await send('no')
    expect([...names(open404), ...names(refused), await refused.text()].join()).not.toMatch(/ratelimit|voucher|block/i)
  })

  it('counts no request that has no code', async () => {
    const { send, statuses, looked } = await open()
    for (const code of [undefined, 5, null, ['no'], {}, ...Array(10)]) expect((await send(code)).status).toBe(400)
    expect((await send('x'.repeat(2000))).status).toBe(413)
    expect(looked).toEqual([])
    expect(await statuses(...wrong(5))).toEqual([404, 404, 404, 404, 404])
  })
})

describe('the vouchers', () => {
  it('are worth something once', async () => {
    const url = await listen(createServer(server()))
    const send = (): Promise<Response> =>
      fetch(`${url}/vouchers`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ code: '7QK4-M2XD-9VHT-C3PA' }),
      })
    const both = await Promise.all([send(), send()])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404])
  })
})
