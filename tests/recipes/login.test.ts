import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { server } from '../../examples/recipes/login.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores, watched } from './recipe-stores.ts'

const minute = 60_000
const right = { user: 'ann@example.com', password: 'correct horse' }
const wrong = { ...right, password: 'battery staple' }

interface Opening {
  readonly proxies?: readonly string[]
  readonly check?: (user: string, password: string) => Promise<boolean>
}

/** As the recipe's own check, without its work; others may come in between. */
async function isRight(user: string, password: string): Promise<boolean> {
  await setImmediate()
  return user === right.user && password === right.password
}

describe.each(recipeStores)('a login, counted in %s', (_name, storeAt) => {
  /** A server, and how to log in from an address, which the proxy that the test stands for has seen. */
  const open = async ({ proxies = ['127.0.0.1'], check = isRight }: Opening = {}) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const { store, next } = watched(storeAt(clock))
    const http = createServer(server({ store, proxies, check }))
    const url = await listen(http)
    const login = (body: unknown, from = '192.0.2.7'): Promise<Response> =>
      fetch(`${url}/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': from },
        body: JSON.stringify(body),
      })
    const statuses = async (count: number, body: unknown, from?: (i: number) => string): Promise<readonly number[]> => {
      const all: number[] = []
      for (let i = 0; i < count; i += 1) all.push((await login(body, from?.(i))).status)
      return all
    }
    return { clock, url, http, next, login, statuses }
  }

  it('checks five guesses of fifty that come at one time', async () => {
    const { login } = await open()
    const guesses = await Promise.all(Array.from({ length: 50 }, (_, i) => login({ ...right, password: `${i}` })))
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(45)
    expect((await login(right)).status, 'even the right one').toBe(429)
  })

  it('counts failures alone', async () => {
    const { login, next, statuses } = await open()
    for (let i = 0; i < 12; i += 1) {
      const refunded = next('refund')
      expect((await login(right)).status).toBe(200)
      await refunded
    }
    expect(await statuses(6, wrong)).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('gives a guesser nothing back who logs in to an account of their own between guesses', async () => {
    const { login, next, statuses } = await open()
    const victim = { ...wrong, user: 'bob@example.com' }
    const seen: number[] = []
    for (let i = 0; i < 6; i += 1) {
      seen.push(...(await statuses(1, victim)))
      const refunded = next('refund')
      if ((await login(right)).status === 200) await refunded
    }
    expect(seen).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('is not told apart by rotating through the addresses of a /56', async () => {
    const { statuses } = await open()
    const rotating = (i: number): string => `2001:db8:0:aa${(i * 7).toString(16).padStart(2, '0')}::${i.toString(16)}`
    expect(await statuses(8, wrong, rotating)).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    expect(await statuses(1, wrong, () => '2001:db8:0:bb00::1')).toEqual([401])
  })

  it('takes no address from what a client wrote', async () => {
    const behindProxy = await open()
    const forged = (i: number): string => `203.0.113.${i}, 192.0.2.7`
    expect(await behindProxy.statuses(7, wrong, forged)).toEqual([401, 401, 401, 401, 401, 429, 429])

    const direct = await open({ proxies: ['10.0.0.0/8'] })
    const alone = (i: number): string => `203.0.113.${i}`
    expect(await direct.statuses(7, wrong, alone)).toEqual([401, 401, 401, 401, 401, 429, 429])
  })

  it('counts every spelling of a name as one', async () => {
    const { login } = await open()
    const names = ['ann@example.com', 'ANN@example.com', ' Ann@Example.com\t', 'ann@example.com', 'ａnn@example.com']
    for (const user of names) expect((await login({ ...wrong, user })).status).toBe(401)
    expect((await login({ ...right, user: 'anN@example.com' })).status).toBe(429)
  })

  it('answers the same for a name that nobody has', async () => {
    const answers = async (user: string) => {
      const { login } = await open()
      const said: unknown[] = []
      for (let i = 0; i < 7; i += 1) {
        const response = await login({ user, password: 'guess' })
        const headers = [...response.headers].filter(([name]) => name !== 'date')
        said.push([response.status, headers, await response.text()])
      }
      return said
    }
    const known = await answers('ann@example.com')
    expect(await answers('eve@example.com')).toEqual(known)
    expect(JSON.stringify(known)).not.toMatch(/ratelimit|userAtIp|remaining/i)
  })

  it('stops guesses at one account from many addresses, and the guesses of one address at many accounts', async () => {
    const { login, statuses } = await open()
    const many = await Promise.all(Array.from({ length: 103 }, (_, i) => login(wrong, `198.51.100.${i}`)))
    expect(many.filter(({ status }) => status === 401)).toHaveLength(100)
    expect(await statuses(1, right, () => '198.51.100.200')).toEqual([429])

    const spray = Array.from({ length: 53 }, (_, i) => login({ ...wrong, user: `user-${i}` }, '203.0.113.9'))
    expect((await Promise.all(spray)).filter(({ status }) => status === 401)).toHaveLength(50)
  })

  it('lets the next guess in at the ms at which the oldest has left, and only that one', async () => {
    const { clock, login, statuses } = await open()
    await statuses(1, wrong)
    clock.now += 14 * minute
    await statuses(4, wrong)
    expect((await login(wrong)).headers.get('Retry-After')).toBe('60')
    clock.now += minute - 1
    expect(await statuses(2, wrong)).toEqual([429, 429])
    clock.now += 1
    expect(await statuses(3, wrong)).toEqual([401, 429, 429])
  })

  it('counts the guesses of a client that hangs up before it is answered', async () => {
    let checking = (): void => {}
    let gone: Promise<unknown> = Promise.resolve()
    const check = async (): Promise<boolean> => {
      checking()
      await gone
      return false
    }
    const { url, http, login } = await open({ check })
    const body = JSON.stringify(wrong)
    const head = ['POST /login HTTP/1.1', 'Host: a', 'X-Forwarded-For: 192.0.2.7', 'Content-Type: application/json']
    for (let i = 0; i < 5; i += 1) {
      gone = new Promise((resolve) => http.once('request', (_, response) => response.once('close', resolve)))
      const checked = new Promise<void>((resolve) => {
        checking = resolve
      })
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.write([...head, `Content-Length: ${body.length}`, '', body].join('\r\n'))
      await checked
      socket.destroy()
      await gone
    }
    expect((await login(wrong)).status).toBe(429)
  })

  it('looks at no password of a request that is not one', async () => {
    const { statuses, login } = await open()
    for (const body of [[], {}, 'ann', { user: ['ann'], password: 'x' }, { user: 'ann' }, { ...wrong, user: {} }]) {
      expect(await statuses(1, body)).toEqual([400])
    }
    expect((await login({ ...wrong, user: 'x'.repeat(5000) })).status).toBe(413)
    expect((await login(right)).status).toBe(200)
  })
})

describe('the check of passwords', () => {
  it('knows the right one, and nobody', async () => {
    const url = await listen(createServer(server()))
    const login = async (body: unknown): Promise<number> => {
      const headers = { 'Content-Type': 'application/json' }
      return (await fetch(`${url}/login`, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }
    expect(await login(right)).toBe(200)
    expect(await login({ ...right, user: 'Ann@Example.com' })).toBe(200)
    expect(await login(wrong)).toBe(401)
    expect(await login({ ...right, user: 'eve@example.com' })).toBe(401)
  })
})
