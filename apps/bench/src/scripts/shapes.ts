import { createLimiter, type Policy } from '@sluice/core'
import { ioredisStore } from '@sluice/store-ioredis'
import type { Subject } from '@sluice/testkit'
import { findAlgorithms } from '../../../../tooling/packages.ts'
import { expectToDecide, type Quota, quotas } from '../contender.ts'
import { type Connected, loadScript } from '../redis/connect.ts'
import { bucket, redisContenders, two } from '../redis/contenders.ts'
import { hashBucketLua } from './generic.lua.ts'

/** A call whose instructions are counted. */
export interface Shape {
  readonly name: string
  readonly quota: Quota
  /** How many decisions one call makes. */
  readonly decisions: number
  prepare(connected: Connected): Promise<(call: number) => Promise<unknown>>
}

/** The names under which others look up a shape. */
export const shapeNames = {
  bucket: 'token bucket',
  window: 'fixed window',
  two: 'token bucket and fixed window',
  twoKeys: 'token bucket and fixed window, a key each',
  hash: 'hash, HMGET + HSET + PEXPIRE',
  flexible: 'rate-limiter-flexible',
  upstash: '@upstash/ratelimit, token bucket',
} as const

const both: readonly Quota[] = ['ample', 'spent']
const algorithms = await findAlgorithms()
const [minuteMs, hourMs] = [60_000, 3_600_000]

/** All shapes but the logs of different lengths. */
export const shapes: readonly Shape[] = [
  ...both.flatMap((quota) => [
    ...algorithms.map((one) => lone(one.name.replaceAll('-', ' '), quota, { policy: one.policy(plain(one, quota)) })),
    lone(shapeNames.two, quota, two(quota)),
    twoKeys(quota),
    hashBucket(quota),
  ]),
  ...[2, 8, 64].map((size) => batch(`token bucket, ${size} keys in a batch`, size, distinctKeys(size))),
  batch('token bucket, 64 times one key in a batch', 64, () => Array.from({ length: 64 }, () => 'user:0')),
  peer(shapeNames.flexible, 'ample'),
  peer(shapeNames.flexible, 'spent'),
  // This one has no limit: it only counts.
  peer('rate-limit-redis', 'ample'),
  peer('@fastify/rate-limit', 'ample'),
  ...both.flatMap((quota) => [peer(shapeNames.upstash, quota), peer('@upstash/ratelimit, fixed window', quota)]),
  peer('bare EVALSHA', 'ample'),
  peer('bare INCR', 'ample'),
]

/** One unit a minute, and none back for an hour: what is used stays so while it is measured. */
function plain(algorithm: Subject, quota: Quota): unknown {
  return algorithm.quota(quotas[quota], Math.max(hourMs, quotas[quota] * minuteMs))
}

function lone(name: string, quota: Quota, policies: Readonly<Record<string, Policy>>): Shape {
  return {
    name,
    quota,
    decisions: 1,
    prepare: async (connected) => {
      const limiter = createLimiter({ policies, name: 'bench', store: oneByOne(connected), failure: 'throw' })
      const admits = async (key: string): Promise<boolean> => (await limiter.consume(key)).allowed
      await expectToDecide(name, { decide: admits, admits }, quota)
      return () => limiter.consume('warden')
    },
  }
}

/** One decision on two keys, as of a user and an address. */
function twoKeys(quota: Quota): Shape {
  return {
    name: shapeNames.twoKeys,
    quota,
    decisions: 1,
    prepare: async (connected) => {
      const policies = two(quota)
      const limiter = createLimiter({
        policies,
        name: 'bench-keys',
        slot: 'limiter',
        store: oneByOne(connected),
        failure: 'throw',
      })
      const [first, second] = Object.keys(policies) as [string, string]
      const keysOf = (key: string) => ({ [first]: key, [second]: `${key}'s address` })
      const admits = async (key: string): Promise<boolean> => (await limiter.consume(keysOf(key))).allowed
      await expectToDecide(shapeNames.twoKeys, { decide: admits, admits }, quota)
      return () => limiter.consume(keysOf('warden'))
    },
  }
}

function batch(name: string, decisions: number, keysOf: (call: number) => readonly string[]): Shape {
  return {
    name,
    quota: 'ample',
    decisions,
    prepare: async (connected) => {
      const limiter = createLimiter({
        policy: bucket('ample'),
        name: 'bench',
        store: oneByOne(connected),
        failure: 'throw',
      })
      const call = (i: number): Promise<unknown> => limiter.consumeMany(keysOf(i).map((key) => ({ key })))
      await call(0)
      return call
    },
  }
}

/** The same keys in each call. */
function distinctKeys(size: number): () => readonly string[] {
  const keys = Array.from({ length: size }, (_, i) => `user:${i}`)
  return () => keys
}

function hashBucket(quota: Quota): Shape {
  return {
    name: shapeNames.hash,
    quota,
    decisions: 1,
    prepare: async (connected) => {
      const sha = await loadScript(connected, hashBucketLua)
      const args = [`${quotas[quota]}`, `${1 / 60_000}`, '1']
      const decide = (key: string): Promise<unknown> => connected.evalsha(sha, `bench-hash:${key}`, args)
      const admits = async (key: string): Promise<boolean> => ((await decide(key)) as readonly number[])[0] === 1
      await expectToDecide(shapeNames.hash, { decide, admits }, quota)
      return () => decide('warden')
    },
  }
}

function peer(name: string, quota: Quota): Shape {
  return {
    name,
    quota,
    decisions: 1,
    prepare: async (connected) => {
      const contender = redisContenders.find((each) => each.name === name)
      if (contender === undefined) throw new Error(`Expected a contender over Redis, got ${name}`)
      const opened = await contender.open(connected, quota)
      await expectToDecide(name, opened, quota)
      return async () => {
        try {
          await opened.decide('warden')
        } catch {
          // Refused.
        }
      }
    },
  }
}

function oneByOne({ client, kind }: Connected) {
  if (kind !== 'ioredis') throw new TypeError(`Expected a client of ioredis, got one of ${kind}`)
  return ioredisStore({ client, merge: false })
}
