import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { createLimiter, type Limiter, memoryStore, type SyncLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import express from 'express'
import { expect, it } from 'vitest'
import { type RateLimitOptions, rateLimit } from './rate-limit.ts'

const limits = (): SyncLimiter =>
  createLimiter({
    name: 'api',
    policy: fixedWindow({ limit: 1, window: '1h' }),
    store: memoryStore({ clock: () => 0 }),
  })

/** What a client is told by an app whose timeout, as it were, answers while the limiter decides; and what goes wrong in the app. */
async function askHasty(limiter: Limiter, refund?: () => boolean): Promise<readonly unknown[]> {
  const errors: unknown[] = []
  const app = express()
  let admit = (): void => {}
  app.use((_request, response, next) => {
    response.on('error', (error) => errors.push(error))
    next()
    response.status(503).send('busy')
    admit()
  })
  const answered = new Promise<void>((resolve) => {
    admit = resolve
  })
  const slow: Limiter = { ...limiter, consume: (key, options) => answered.then(() => limiter.consume(key, options)) }
  const refuse: RateLimitOptions['refuse'] = (_request, response) => response.send('no')
  app.use(rateLimit({ limiter: slow, key: () => 'ann', refund, refuse }))
  app.use((_request, _response) => {})
  const failed: express.ErrorRequestHandler = (error, _request, _response, _next) => errors.push(error)
  app.use(failed)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const told = [response.status, await response.text()]
  await turn()
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return [...told, errors]
}

it('leaves a response alone that somebody has sent while the limiter decided', async () => {
  const limiter = limits()
  expect(await askHasty(limiter)).toEqual([503, 'busy', []])
  // Refused this time.
  expect(await askHasty(limiter)).toEqual([503, 'busy', []])
})

it('gives back what was counted for such a response', async () => {
  const limiter = limits()
  const given = new Promise<void>((resolve) => {
    const refund: Limiter['refund'] = async (key, options) => {
      const decision = await limiter.refund(key, options)
      resolve()
      return decision
    }
    askHasty({ ...limiter, refund }, () => true)
  })
  await given
  expect(limiter.peekSync('ann').remaining).toBe(1)
})
