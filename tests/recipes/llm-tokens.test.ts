import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { describe, expect, it } from 'vitest'
import { type Model, server } from '../../examples/recipes/llm-tokens.ts'
import { listen } from './listen.ts'
import { type Clock, recipeStores, watched } from './recipe-stores.ts'

const day = 86_400_000

/** A model that says a token whenever the test lets it. */
function heldModel() {
  const waiting = new Set<() => void>()
  let sayable = 0
  let aborted = 0
  const model: Model = {
    count: (prompt) => prompt.length,
    async *answer(_prompt, most, signal) {
      for (let i = 0; i < most; i += 1) {
        while (sayable === 0 && !signal.aborted) {
          await new Promise<void>((resolve) => {
            waiting.add(resolve)
            signal.addEventListener('abort', () => resolve())
          })
        }
        if (signal.aborted) {
          aborted += 1
          return
        }
        sayable -= 1
        yield 'word '
      }
    },
  }
  const say = (tokens: number): void => {
    sayable += tokens
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  return { model, say, aborted: () => aborted }
}

/** A model that says so many tokens, whatever it was asked for. */
const saying = (tokens: number): Model => ({
  count: (prompt) => prompt.length,
  async *answer() {
    for (let i = 0; i < tokens; i += 1) yield 'word '
  },
})

describe.each(recipeStores)('tokens of a language model, counted in %s', (_name, storeAt) => {
  const open = async (model: Model) => {
    const clock: Clock = { now: Date.UTC(2026, 10, 27) }
    const { store, next } = watched(storeAt(clock))
    const users = new Map([
      ['a', 'ann'],
      ['b', 'bob'],
    ])
    const url = await listen(createAdaptorServer({ fetch: server({ store, users, model }).fetch }) as Server)
    const ask = (body: unknown, { key = 'a', signal }: { readonly key?: string; readonly signal?: AbortSignal } = {}) =>
      fetch(`${url}/answer`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      })
    /** What is left of the day, as the fields of the smallest question say, which is settled before the next. */
    const left = async (): Promise<number> => {
      clock.now += 1000
      const response = await ask({ prompt: '', most: 50_001 })
      expect(response.status).toBe(413)
      return Number(/"tokens";r=(\d+)/.exec(response.headers.get('RateLimit') ?? '')?.[1])
    }
    return { clock, next, ask, left }
  }

  it('charges what was used, and gives back what was not', async () => {
    const { ask, next, left } = await open(saying(30))
    const settled = next('refund')
    expect(await (await ask({ prompt: 'x'.repeat(12), most: 1000 })).text()).toBe('word '.repeat(30))
    await settled
    expect(await left()).toBe(50_000 - 42)
  })

  it('charges what a model said beyond what it was asked for', async () => {
    const { ask, next, left } = await open(saying(30))
    const settled = next('charge')
    await (await ask({ prompt: 'x'.repeat(12), most: 10 })).text()
    await settled
    expect(await left()).toBe(50_000 - 42)
  })

  it('lets requests at one time reserve no more than there is', async () => {
    const { ask } = await open(heldModel().model)
    const asked = await Promise.all(Array.from({ length: 9 }, () => ask({ prompt: '', most: 10_000 })))
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(asked.filter(({ status }) => status === 429)).toHaveLength(4)
    expect((await ask({ prompt: '', most: 1 }, { key: 'b' })).status, 'of another user').toBe(200)
  })

  it('charges a client that goes away for what was said, and stops the model', async () => {
    const { model, say, aborted } = heldModel()
    const { ask, next, left } = await open(model)
    const client = new AbortController()
    const response = await ask({ prompt: 'x'.repeat(100), most: 20_000 }, { signal: client.signal })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    say(3)
    let heard = 0
    while (heard < 15) heard += (await reader.read()).value?.length ?? 0
    expect(await left()).toBe(50_000 - 20_100)

    const settled = next('refund')
    client.abort()
    await settled
    expect(aborted()).toBe(1)
    expect(await left()).toBe(50_000 - 103)
  })

  it('charges a client that goes away before the first token for its prompt, each time', async () => {
    const { clock, ask, next, left } = await open(heldModel().model)
    for (let i = 0; i < 5; i += 1) {
      clock.now += 1000
      const client = new AbortController()
      await ask({ prompt: 'x'.repeat(1000), most: 9000 }, { signal: client.signal })
      const settled = next('refund')
      client.abort()
      await settled
    }
    expect(await left()).toBe(45_000)
  })

  it('charges a client that goes away before it is answered at all for its prompt', async () => {
    const { ask, next, left } = await open(heldModel().model)
    const client = new AbortController()
    const [counted, settled] = [next('consume'), next('refund')]
    const answer = ask({ prompt: 'x'.repeat(1000), most: 9000 }, { signal: client.signal }).catch(() => 'gone')
    await counted
    client.abort()
    await settled
    expect(await left()).toBe(49_000)
    await answer
  })

  it('charges for what a model said before it failed', async () => {
    const failing: Model = {
      count: () => 7,
      async *answer() {
        yield 'word '
        throw undefined
      },
    }
    const { ask, next, left } = await open(failing)
    const settled = next('refund')
    await (await ask({ prompt: '', most: 100 })).text()
    await settled
    expect(await left()).toBe(50_000 - 8)
  })

  it('gives nothing of a reservation of yesterday back to today', async () => {
    const { clock, ask, next, left } = await open(heldModel().model)
    const client = new AbortController()
    await ask({ prompt: '', most: 40_000 }, { signal: client.signal })
    clock.now += day - 1000
    expect(await left(), 'a new day').toBe(50_000)
    await ask({ prompt: '', most: 100 })
    const settled = next('refund')
    client.abort()
    await settled
    expect(await left()).toBe(50_000 - 100)
  })

  it('refuses for good what is more than a day has, and what is no number of tokens', async () => {
    const { ask, left } = await open(saying(1))
    for (const most of [0, -1000, 1.5, 2 ** 53, '5', null, {}])
      expect((await ask({ prompt: '', most })).status).toBe(400)
    expect((await ask({ prompt: 5, most: 5 })).status).toBe(400)
    expect((await ask({ prompt: '', most: 50_001 })).status).toBe(413)
    expect((await ask({ prompt: '' }, { key: 'guess' })).status).toBe(401)
    expect(await left()).toBe(50_000)
  })
})
