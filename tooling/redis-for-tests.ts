import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'
import { useRedis } from './redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
    /** What the server calls itself, for example `Redis 7.0.15`. */
    redisServer: string
  }
}

/** One Redis for all tests of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await useRedis()
  project.provide('redisUrl', redis.url)
  project.provide('redisServer', await serverAt(redis.url))
  return redis.stop
}

async function serverAt(url: string): Promise<string> {
  const client = new Redis(url)
  const info = await client.info('server')
  await client.quit()
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey === undefined ? `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}` : `Valkey ${valkey}`
}
