import { randomBytes } from 'node:crypto'
import { DeadlineError } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { patientOptions } from '@sluice/store-ioredis/conformance'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, it } from 'vitest'
import { noDeadline, wire } from './wire.ts'

const redis = new Redis(inject('redisUrl'), patientOptions)
const prefix = `wire-${randomBytes(4).toString('hex')}`

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
})

const latest = 2 ** 52
const date = fc.oneof(fc.nat({ max: 3000 }), fc.integer({ min: 0, max: latest }))
const patience = fc.oneof(
  fc.nat({ max: 3000 }),
  fc.integer({ min: 1, max: latest }),
  fc.constant(Number.POSITIVE_INFINITY),
)
/** A date, and another near it or anywhere. */
const dates = fc
  .tuple(date, fc.oneof(fc.integer({ min: -3, max: 3000 }), fc.integer({ min: -latest, max: latest })))
  .map(([now, ahead]) => ({ now, deadline: Math.min(Math.max(now + ahead, 0), latest) }))
const requests = fc.array(fc.constantFrom('consume', 'charge', 'peek', 'refund', 'reset'), {
  minLength: 1,
  maxLength: 4,
})

let histories = 0

it('of time in which a request may be executed begins when it was made and ends at its deadline', async () => {
  const property = fc.asyncProperty(
    dates,
    patience,
    fc.oneof(requests, fc.constant(['consume'] as const)),
    async ({ now, deadline }, patience, modes) => {
      histories += 1
      const stored = `${prefix}:{${histories}}`
      const { spell, read } = wire({
        policies: [fixedWindow({ limit: 9, window: '1h' })],
        clock: 'injected',
        deadline: patience,
        keysOf: () => [stored],
      })
      const requested = modes.map((mode) => ({ key: 'a', mode, costs: [1] }) as const)
      const end = patience === Number.POSITIVE_INFINITY ? noDeadline : deadline
      const { script, keys, args } = spell(
        requested,
        requested.map(() => end),
        now,
      )
      const { outcomes } = read(await redis.eval(script.source, keys.length, ...keys, ...args), requested)
      const isVoid = now > end || now < end - patience
      expect(outcomes.map((outcome) => outcome instanceof DeadlineError)).toEqual(modes.map(() => isVoid))
      if (isVoid) expect(await redis.exists(stored)).toBe(0)
    },
  )
  await fc.assert(property, {
    numRuns: 300,
    examples: [
      [{ now: 1000, deadline: 2000 }, 1000, ['consume']],
      [{ now: 999, deadline: 2000 }, 1000, ['consume']],
      [{ now: 999, deadline: 2000 }, 1000, ['peek', 'consume']],
    ],
  })
})
