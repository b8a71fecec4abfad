import { type Answer, createLimiter, memoryStore, type Store } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { expect, it } from 'vitest'
import { firstError, StoreTroubleError, watchedStore } from './watched-store.ts'

const policy = fixedWindow({ limit: 5, window: '1s' })

function storeOf(apply: () => Promise<readonly (Answer | Error)[]>): Store {
  return { bind: () => ({ apply }) }
}

async function failure(store: Store): Promise<Error> {
  const watched = watchedStore(store, { called: 'Redis at db:6379', deadline: 1 })
  const limiter = createLimiter({ name: 'a', policy, store: watched, failure: 'throw' })
  return limiter.consumeMany([{ key: 'a' }]).then(() => new Error('it did not fail'), firstError)
}

it.each([
  ['connect ECONNREFUSED 127.0.0.1:6379', 'Redis at db:6379 cannot be reached.'],
  ["Stream isn't writeable and enableOfflineQueue options is false", 'Redis at db:6379 cannot be reached.'],
  ['Connection is closed.', 'Redis at db:6379 cannot be reached.'],
  ['Socket closed unexpectedly', 'Redis at db:6379 cannot be reached.'],
  ['NOAUTH Authentication required.', 'Redis at db:6379 answered with an error: NOAUTH Authentication required.'],
  ['OOM command not allowed', 'Redis at db:6379 answered with an error: OOM command not allowed'],
])('says of %j: %s', async (message, said) => {
  const whole = await failure(storeOf(() => Promise.reject(new Error(message))))
  const part = await failure(storeOf(async () => [new Error(message)]))
  for (const error of [whole, part]) {
    expect(error).toBeInstanceOf(StoreTroubleError)
    expect(error.message).toBe(said)
    expect((error.cause as Error).message).toBe(message)
  }
})

it('gives up a store that does not answer', async () => {
  const error = await failure(storeOf(() => new Promise(() => {})))
  expect(error.message).toBe('Redis at db:6379 has not answered for 0.001 seconds.')
})

it('changes nothing of what a store answers, nor of what its caller did wrong', async () => {
  const watched = watchedStore(memoryStore(), { called: 'Redis at db:6379', deadline: 60_000 })
  const limiter = createLimiter({ name: 'a', policy, store: watched, failure: 'throw' })
  expect(await limiter.consume('a')).toMatchObject({ allowed: true, remaining: 4, source: 'store' })
  const wrong = await failure(storeOf(() => Promise.reject(new RangeError('Expected …'))))
  expect(wrong).not.toBeInstanceOf(StoreTroubleError)
})
