import type { Server } from 'node:http'
import { connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { describe, expect, it } from 'vitest'
import { server, type User } from '../../examples/recipes/posting.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores, watched } from './recipe-stores.ts'

const minute = 60_000
const day = 86_400_000

describe.each(recipeStores)('posting, counted in %s', (_name, storeAt) => {
  /** A forum, what was posted there, and how to post by a session; session `a1` is one of the user `a`. */
  const open = async (known: Readonly<Record<string, boolean>> = { a: false, m: true }) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const sessions = new Map<string, User>()
    const change = (users: Readonly<Record<string, boolean>>): void => {
      for (const [id, isKnown] of Object.entries(users))
        for (let i = 0; i < 9; i += 1) sessions.set(`${id}${i}`, { id, isKnown })
    }
    change(known)
    const posted: string[] = []
    const { store, next } = watched(storeAt(clock))
    const save = ({ text }: { readonly text: string }) => void posted.push(text)
    const url = await listen(createAdaptorServer({ fetch: server({ store, sessions, save }) }) as Server)
    const post = (text: string, session = 'a1'): Promise<Response> =>
      fetch(`${url}/posts`, { method: 'POST', headers: { Authorization: `Bearer ${session}` }, body: text })
    /** How many of so many posts at one time are there then. */
    const passed = async (count: number, session: (i: number) => string, text = 'hello'): Promise<number> => {
      const all = await Promise.all(Array.from({ length: count }, (_, i) => post(text, session(i))))
      return all.filter(({ status }) => status === 201).length
    }
    return { clock, url, next, change, posted, post, passed }
  }
  const link = 'http://a.example'

  it('publishes two posts of a newcomer at one time and five of a member, then one a minute', async () => {
    const { clock, posted, passed, post } = await open()
    expect(await passed(30, () => 'a1')).toBe(2)
    expect(await passed(30, () => 'm1')).toBe(5)
    expect(posted).toHaveLength(7)
    expect((await post('hello')).headers.get('Retry-After')).toBe('60')
    clock.now += minute - 1
    expect(await passed(3, () => 'a1')).toBe(0)
    clock.now += 1
    expect(await passed(3, () => 'a1')).toBe(1)
  })

  it('counts a user once, however many sessions they have', async () => {
    const { passed } = await open()
    expect(await passed(30, (i) => `a${i % 9}`)).toBe(2)
  })

  it('publishes ten posts of a newcomer in any day, also around midnight', async () => {
    const { clock, post, passed } = await open()
    const midnight = clock.now + day
    clock.now = midnight - 10 * minute
    for (; clock.now < midnight; clock.now += minute) expect((await post('hello')).status).toBe(201)
    const eleventh = await post('hello')
    expect([eleventh.status, (await eleventh.json())['violated-policies']]).toEqual([429, ['daily']])
    expect(eleventh.headers.get('Retry-After')).toBe(String((day - 10 * minute) / 1000))
    clock.now += day - 10 * minute - 1
    expect(await passed(3, () => 'a1')).toBe(0)
    clock.now += 1
    expect(await passed(3, () => 'a1')).toBe(1)
  })

  it('counts links, however they are written', async () => {
    const spellings = [
      `${link}${link}`,
      `${link},HTTPS://b`,
      'www.a.example WWW.b',
      'ｈｔｔｐ://a ｈｔｔｐ：／／b',
      `[x](${link})<${link}>`,
    ]
    for (const two of spellings) {
      const { post, posted } = await open()
      expect((await post(two)).status, two).toBe(201)
      expect((await post(link)).status, two).toBe(429)
      expect((await post('no links')).status, 'the refused one was not counted').toBe(201)
      expect(posted).toEqual([two, 'no links'])
    }
  })

  it('counts a link once', async () => {
    const { post } = await open()
    expect((await post('http://www.a.example')).status).toBe(201)
    expect((await post('https://www.a.example')).status).toBe(201)
  })

  it('refuses for good what has more links than a day', async () => {
    const { post, posted } = await open()
    const response = await post(link.repeat(3))
    expect([response.status, response.headers.has('Retry-After')]).toEqual([400, false])
    expect((await post(link.repeat(3), 'm1')).status).toBe(201)
    expect(posted).toHaveLength(1)
  })

  it('lets a newcomer become a member at once, and gives nothing for going there and back', async () => {
    const { change, passed } = await open()
    expect(await passed(9, () => 'a1')).toBe(2)
    change({ a: true })
    expect(await passed(9, () => 'a1')).toBe(3)
    for (let i = 0; i < 3; i += 1) {
      change({ a: false })
      expect(await passed(3, () => 'a1')).toBe(0)
      change({ a: true })
      expect(await passed(3, () => 'a1')).toBe(0)
    }
  })

  it('counts the post of a client that hangs up before it is answered, and publishes it', async () => {
    const { url, next, passed, posted } = await open()
    const counted = next('consume')
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('POST /posts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a1\r\nContent-Length: 5\r\n\r\nhello')
    await counted
    socket.destroy()
    expect(await passed(9, () => 'a1')).toBe(1)
    expect(posted).toHaveLength(2)
  })

  it('counts nobody else, and nothing that is no post', async () => {
    const { url, post, passed, posted } = await open({ a: false, 'a/b': false, '': false })
    for (const text of ['', ' \n']) expect((await post(text)).status).toBe(400)
    for (const session of ['guess', '__proto__', 'a1 ']) expect((await post('hello', `${session}x`)).status).toBe(401)
    expect((await fetch(`${url}/posts`)).status).toBe(404)
    expect((await fetch(`${url}/posts/`, { method: 'POST' })).status).toBe(404)
    expect((await post('x'.repeat(10_001))).status).toBe(413)
    expect(await passed(9, () => 'a/b1')).toBe(2)
    expect(await passed(9, () => '1')).toBe(2)
    expect(await passed(9, () => 'a1')).toBe(2)
    expect(posted).toHaveLength(6)
  })

  it('reads no body whose length nobody has said', async () => {
    const { url } = await open()
    const body = new Blob(['x'.repeat(20_000)]).stream()
    const headers = { Authorization: 'Bearer a1' }
    const response = await fetch(`${url}/posts`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
  })
})
