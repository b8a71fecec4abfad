import type { TestProject } from 'vitest/node'
import { useRedis } from './redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

/** One Redis for all tests of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await useRedis()
  project.provide('redisUrl', redis.url)
  return redis.stop
}
