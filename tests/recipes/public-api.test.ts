import { describe, expect, it } from 'vitest'
import { type Account, accountsOf, server } from '../../examples/recipes/public-api.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores } from './recipe-stores.ts'

const second = 1000
const day = 86_400_000

describe.each(recipeStores)('a public API, counted in %s', (_name, storeAt) => {
  const open = async (given: Readonly<Record<string, Account>> = {}) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const accounts = accountsOf(given)
    const app = server({ store: storeAt(clock), accounts })
    await app.ready()
    const url = await listen(app.server)
    const get = (key?: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
      fetch(`${url}/items`, {
        headers: { ...headers, ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }) },
      })
    /** How many of so many requests at one time pass. */
    const passed = async (count: number, keyOf: (i: number) => string): Promise<number> => {
      const all = await Promise.all(Array.from({ length: count }, (_, i) => get(keyOf(i))))
      return all.filter(({ status }) => status === 200).length
    }
    const change = (changed: Readonly<Record<string, Account>>): void => {
      for (const [hash, account] of accountsOf(changed)) accounts.set(hash, account)
    }
    return { clock, get, passed, change }
  }
  const ann = { id: 'ann', tier: 'free' } as const

  it('admits what the tier says of fifty requests at one time, and tells the rest when to come back', async () => {
    const { clock, get, passed } = await open({ k: ann })
    expect(await passed(50, () => 'k')).toBe(10)
    const refused = await get('k')
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '1'])
    expect(refused.headers.get('RateLimit-Policy')).toBe('"burst";q=10;w=10, "daily";q=1000;w=86400')
    clock.now += second
    expect(await passed(3, () => 'k')).toBe(1)
  })

  it('counts an account once, however many keys it has', async () => {
    const { passed } = await open(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, ann])))
    expect(await passed(40, (i) => `k${i % 20}`)).toBe(10)
  })

  it('counts keys that nobody has by address, whatever is made up', async () => {
    const { get } = await open({ k: ann })
    const forged = (i: number) => ({ 'X-Forwarded-For': `203.0.113.${i}`, Forwarded: `for=203.0.113.${i}` })
    const guesses = await Promise.all(Array.from({ length: 40 }, (_, i) => get(`guess-${i}`, forged(i))))
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(35)
    expect((await get()).status, 'none at all').toBe(429)
    expect((await get('k')).status, 'of the same address').toBe(200)
  })

  it('takes no account for an address, and no address for an account', async () => {
    const { get, passed } = await open({
      k: { id: '127.0.0.1', tier: 'free' },
      l: { id: 'ip:127.0.0.1', tier: 'free' },
    })
    expect(await passed(30, () => 'k')).toBe(10)
    expect(await passed(30, () => 'l')).toBe(10)
    expect((await get('guess')).status).toBe(401)
  })

  it('lets an upgrade take effect at once, and gives nothing for going there and back', async () => {
    const { passed, change } = await open({ k: ann })
    expect(await passed(50, () => 'k')).toBe(10)
    change({ k: { id: 'ann', tier: 'paid' } })
    expect(await passed(200, () => 'k')).toBe(90)
    for (let i = 0; i < 5; i += 1) {
      change({ k: ann })
      expect(await passed(5, () => 'k')).toBe(0)
      change({ k: { id: 'ann', tier: 'paid' } })
      expect(await passed(5, () => 'k')).toBe(0)
    }
  })

  it('lets a downgrade take effect at once', async () => {
    const { clock, passed, change } = await open({ k: { id: 'ann', tier: 'paid' } })
    expect(await passed(50, () => 'k')).toBe(50)
    change({ k: ann })
    expect(await passed(5, () => 'k')).toBe(0)
    clock.now += day
    expect(await passed(50, () => 'k')).toBe(10)
  })

  it('does not limit staff, and says nothing of a limit', async () => {
    const { get, passed } = await open({ s: { id: 'sue', tier: 'staff' } })
    expect(await passed(150, () => 's')).toBe(150)
    expect((await get('s')).headers.has('RateLimit')).toBe(false)
  })

  it('admits a day and a burst around the end of a day, and not two days', async () => {
    const { clock, get } = await open()
    const begun = clock.now
    const guesses = async (until: number): Promise<number> => {
      let counted = 0
      for (; clock.now < until; clock.now += second) if ((await get('guess')).status === 401) counted += 1
      return counted
    }
    await get('guess')
    clock.now = begun + day - 60 * second
    expect(await guesses(begun + day - second)).toBe(49)
    clock.now = begun + day - 1
    const last = await get('guess')
    expect([last.status, last.headers.get('Retry-After')]).toEqual([429, '1'])
    clock.now = begun + day
    expect(
      (await Promise.all(Array.from({ length: 60 }, () => get('guess')))).filter(({ status }) => status === 401),
    ).toHaveLength(5)
  })

  it('does not take the hash of a key for the key', async () => {
    const { get } = await open({ k: ann })
    const [hash] = [...accountsOf({ k: ann }).keys()] as [string]
    expect((await get(hash)).status).toBe(401)
  })
})
