import { describe, expect, it } from 'vitest'
import { server, type Tenant, tenantsOf } from '../../examples/recipes/quotas.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores } from './recipe-stores.ts'

const second = 1000
const day = 86_400_000
const midnight = Date.UTC(2026, 10, 28)

describe.each(recipeStores)('quotas of tenants and routes, counted in %s', (_name, storeAt) => {
  /** A service, and how to use it with an API key. It is noon. */
  const open = async (given: Readonly<Record<string, Tenant>> = { k: { id: 'acme', plan: 'basic' } }) => {
    const clock: Clock = { now: midnight - day / 2 }
    const tenants = tenantsOf(given)
    const app = server({ store: storeAt(clock), tenants })
    await app.ready()
    const url = await listen(app.server)
    const send = (route: string, key = 'k', headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
      const [method, path] = route.split(' ') as [string, string]
      return fetch(`${url}${path}`, { method, headers: { ...headers, Authorization: `Bearer ${key}` } })
    }
    /** How many of so many requests at one time pass. */
    const passed = async (count: number, route: string, keyOf: (i: number) => string = () => 'k'): Promise<number> => {
      const all = await Promise.all(Array.from({ length: count }, (_, i) => send(route, keyOf(i))))
      return all.filter(({ status }) => status === 200).length
    }
    /** What is left of a quota, as an item says, which costs one request. */
    const left = async (quota: string, key = 'k'): Promise<number> => {
      clock.now += second
      const fields = (await send('GET /items/1', key)).headers.get('RateLimit') ?? ''
      return Number(new RegExp(`"${quota}";r=(\\d+)`).exec(fields)?.[1])
    }
    const change = (changed: Readonly<Record<string, Tenant>>): void => {
      for (const [hash, tenant] of tenantsOf(changed)) tenants.set(hash, tenant)
    }
    return { clock, send, passed, left, change }
  }

  it('admits what each route has of fifty requests at one time, and what they have together', async () => {
    const { clock, passed } = await open()
    expect(await passed(50, 'POST /exports')).toBe(5)
    expect(await passed(50, 'GET /search')).toBe(10)
    expect(await passed(50, 'GET /items/1'), 'of twenty requests').toBe(5)
    clock.now += second
    expect(await passed(50, 'GET /items/1')).toBe(10)
  })

  it('charges nothing for what is refused', async () => {
    const { passed, left } = await open()
    expect(await passed(5, 'POST /exports')).toBe(5)
    expect(await passed(100, 'POST /exports')).toBe(0)
    expect(await left('daily')).toBe(1000 - 50 - 1)
    expect(await left('searches')).toBe(10)
  })

  it('says which quota is used up, and when it is back', async () => {
    const { clock, send, passed } = await open()
    await passed(5, 'POST /exports')
    const refused = await send('POST /exports')
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, String(day / 2 / second)])
    expect((await refused.json())['violated-policies']).toEqual(['exports'])
    clock.now = midnight - 1
    expect((await send('POST /exports')).headers.get('Retry-After')).toBe('1')
    expect((await send('GET /search')).status, 'another route').toBe(200)
    clock.now = midnight
    expect((await send('POST /exports')).status).toBe(200)
  })

  it('admits two days’ exports around midnight, and no more requests at once than ever', async () => {
    const { clock, passed } = await open()
    clock.now = midnight - 1
    expect(await passed(50, 'POST /exports')).toBe(5)
    expect(await passed(50, 'GET /items/1')).toBe(15)
    clock.now = midnight
    expect(await passed(50, 'POST /exports')).toBe(0)
    clock.now = midnight + second
    expect(await passed(50, 'POST /exports')).toBe(5)
  })

  it('counts a tenant once, however many keys it has', async () => {
    const acme = { id: 'acme', plan: 'basic' } as const
    const { passed } = await open(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, acme])))
    expect(await passed(45, 'POST /exports', (i) => `k${i % 9}`)).toBe(5)
  })

  it('lets no tenant use what another has, whatever they are called', async () => {
    const ids = ['acme', 'acme:exports', 'exports', '__proto__', '', 'acme}', '{acme}', 'Acme']
    const { passed } = await open(Object.fromEntries(ids.map((id, i) => [`k${i}`, { id, plan: 'basic' as const }])))
    for (const [i, id] of ids.entries()) expect(await passed(9, 'POST /exports', () => `k${i}`), id).toBe(5)
  })

  it('takes the tenant from the key, and not from what a client says beside it', async () => {
    const { send } = await open({ k: { id: 'acme', plan: 'basic' }, l: { id: 'other', plan: 'basic' } })
    const claims = { 'X-Tenant': 'other', 'X-Tenant-Id': 'other', Cookie: 'tenant=other' }
    const all = await Promise.all(Array.from({ length: 9 }, () => send('POST /exports?tenant=other', 'k', claims)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5)
    expect((await send('POST /exports', 'l')).status).toBe(200)
  })

  it('counts a route by its name, however its URL is written', async () => {
    const { send, passed, left } = await open()
    const spellings = ['/search', '/search?q=a', '/%73earch', '/search?', '/search#a']
    expect(await passed(5, `GET ${spellings[2]}`)).toBe(5)
    for (const path of spellings) await send(`GET ${path}`)
    expect(await left('searches')).toBe(0)
    for (const path of ['/search/', '//search', '/Search']) expect((await send(`GET ${path}`)).status, path).toBe(404)
    expect((await send('HEAD /search')).status).toBe(429)
  })

  it('lets an upgrade take effect at once, and gives nothing for going there and back', async () => {
    const { passed, change } = await open()
    expect(await passed(9, 'POST /exports')).toBe(5)
    change({ k: { id: 'acme', plan: 'business' } })
    expect(await passed(70, 'POST /exports')).toBe(45)
    for (let i = 0; i < 3; i += 1) {
      change({ k: { id: 'acme', plan: 'basic' } })
      expect(await passed(3, 'POST /exports')).toBe(0)
      change({ k: { id: 'acme', plan: 'business' } })
      expect(await passed(3, 'POST /exports')).toBe(0)
    }
  })

  it('lets a tenant that has used more than its new plan has go on with the other routes', async () => {
    const { clock, send, passed, change } = await open({ k: { id: 'acme', plan: 'business' } })
    expect(await passed(20, 'POST /exports')).toBe(20)
    change({ k: { id: 'acme', plan: 'basic' } })
    clock.now += 60 * second
    expect((await send('POST /exports')).status).toBe(429)
    expect(await passed(10, 'GET /search')).toBe(10)
    clock.now = midnight
    expect(await passed(9, 'POST /exports')).toBe(5)
  })

  it('counts nothing of a key that nobody has', async () => {
    const { passed, send } = await open()
    expect((await send('POST /exports', 'guess')).status).toBe(401)
    const [hash] = [...tenantsOf({ k: { id: 'acme', plan: 'basic' } }).keys()] as [string]
    expect((await send('POST /exports', hash)).status).toBe(401)
    expect(await passed(9, 'POST /exports')).toBe(5)
  })
})
