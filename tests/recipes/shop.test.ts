import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { server } from '../../examples/recipes/shop.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores } from './recipe-stores.ts'

const second = 1000
const day = 86_400_000

describe.each(recipeStores)('a shop, counted in %s', (_name, storeAt) => {
  /** A shop, and how to read it from an address, which the proxy that the test stands for has seen. */
  const open = async (proxies: readonly string[] = ['127.0.0.1']) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const url = await listen(createServer(server({ store: storeAt(clock), proxies }).callback()))
    const get = (path: string, from: string, method = 'GET'): Promise<Response> =>
      fetch(`${url}${path}`, { method, headers: { 'X-Forwarded-For': from } })
    /** How many of so many requests at one time pass. */
    const passed = async (count: number, path: string, from: (i: number) => string): Promise<number> => {
      const all = await Promise.all(Array.from({ length: count }, (_, i) => get(path, from(i))))
      return all.filter(({ status }) => status === 200).length
    }
    /** How many searches pass until nobody's does, where each address sends as many as the rate gives it. */
    const searches = async (...addresses: readonly string[]): Promise<number> => {
      for (let count = 0; ; clock.now += 5 * second) {
        const admitted = await passed(addresses.length, '/search', (i) => addresses[i] as string)
        if (admitted === 0) return count
        count += admitted
      }
    }
    return { clock, get, passed, searches }
  }

  it('takes the addresses of a /56 for one, and a neighbour for another', async () => {
    const { passed, get } = await open()
    const rotating = (i: number): string => `2001:db8:0:aa${(i * 7).toString(16).padStart(2, '0').slice(-2)}::${i}`
    expect(await passed(70, '/products', rotating)).toBe(60)
    expect((await get('/products', '2001:db8:0:bb00::1')).status).toBe(200)
  })

  it('takes all spellings of an address for one', async () => {
    const { passed } = await open()
    const spellings = ['192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207', '64:ff9b::192.0.2.7', '192.0.2.7:4711']
    expect(await passed(70, '/products', (i) => spellings[i % spellings.length] as string)).toBe(60)
  })

  it('takes no address from what a client wrote', async () => {
    const behindProxy = await open()
    expect(await behindProxy.passed(70, '/products', (i) => `203.0.113.${i}, 192.0.2.7`)).toBe(60)
    const direct = await open(['10.0.0.0/8'])
    expect(await direct.passed(70, '/products', (i) => `203.0.113.${i}`)).toBe(60)
  })

  it('counts a search as five pages, and serves no other spelling of it', async () => {
    const { passed, get } = await open()
    expect(await passed(20, '/search', () => '192.0.2.7')).toBe(12)
    for (const path of ['/Search', '/search/', '//search', '/%73earch', '/search;a=1']) {
      expect((await get(path, '192.0.2.8')).status, path).toBe(404)
    }
    expect(await passed(20, '/search?q=shoes', () => '192.0.2.8'), 'they were counted').toBe(11)
  })

  it('counts HEAD, and pages that are not there', async () => {
    const { get, passed } = await open()
    for (let i = 0; i < 60; i += 1) await get(`/${i}`, '192.0.2.7', i % 2 === 0 ? 'HEAD' : 'GET')
    expect(await passed(3, '/products', () => '192.0.2.7')).toBe(0)
  })

  it('lets somebody buy whose address has read too much, and nobody read by that way', async () => {
    const { get, passed } = await open()
    await passed(60, '/products', () => '192.0.2.7')
    expect((await get('/orders', '192.0.2.7', 'POST')).status).toBe(201)
    for (const [path, method] of [
      ['/orders', 'GET'],
      ['/products', 'POST'],
      ['/search?/orders', 'POST'],
    ] as const)
      expect((await get(path, '192.0.2.7', method)).status).toBe(429)
  })

  it('admits a day’s pages to a patient scraper, and says when the next day begins', async () => {
    const { clock, get, searches } = await open()
    const begun = clock.now
    expect(await searches('192.0.2.7')).toBe(200)
    const refused = await get('/products', '192.0.2.7')
    expect(refused.headers.get('Retry-After')).toBe(String((begun + day - clock.now) / second))
    clock.now = begun + day - 1
    expect((await get('/products', '192.0.2.7')).status).toBe(429)
    clock.now += 1
    expect((await get('/products', '192.0.2.7')).status).toBe(200)
  })

  it('admits no more than a minute’s pages at once around the edge of a day', async () => {
    const { clock, passed } = await open()
    await passed(1, '/products', () => '192.0.2.7')
    clock.now += day - 1
    expect(await passed(100, '/products', () => '192.0.2.7')).toBe(60)
    clock.now += 1
    expect(await passed(100, '/products', () => '192.0.2.7')).toBe(0)
  })

  it('holds a scraper with all of a /48 to five times a subscriber, and charges the last /56 for nothing', async () => {
    const { get, searches } = await open()
    const subscribers = Array.from({ length: 7 }, (_, i) => `2001:db8:7:${i}00::1`)
    expect(await searches(...subscribers)).toBe(1000)
    const refused = await get('/products', '2001:db8:7:ff00::1')
    expect([refused.status, (await refused.json())['violated-policies']]).toEqual([429, ['site']])
    expect(refused.headers.get('RateLimit')).toContain('"pages";r=60;')
    expect((await get('/products', '2001:db8:8::1')).status, 'of another /48').toBe(200)
  })
})
