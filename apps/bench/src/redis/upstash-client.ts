import { createHash } from 'node:crypto'
import { type Connected, loadScript } from './connect.ts'

/** What `@upstash/ratelimit` asks of the client of its own REST service. */
export interface UpstashClient {
  evalsha(sha: string, keys: readonly string[], args: readonly unknown[]): Promise<unknown>
  eval(source: string, keys: readonly string[], args: readonly unknown[]): Promise<unknown>
}

/**
 * Runs its scripts on a stock Redis, over one of our clients. Their first line sets a flag that only their own server knows;
 * without it they run.
 */
export function upstashClient(connected: Connected): UpstashClient {
  const shas = new Map<string, string>()
  const run = (sha: string, keys: readonly string[], args: readonly unknown[]): Promise<unknown> =>
    connected.evalsha(sha, keys[0] as string, args.map(String))

  return {
    evalsha: (known, keys, args) => {
      const sha = shas.get(known)
      return sha === undefined ? Promise.reject(new Error('NOSCRIPT')) : run(sha, keys, args)
    },
    eval: async (source, keys, args) => {
      const sha = await loadScript(connected, source.replace(/^#!.*\n/, ''))
      shas.set(createHash('sha1').update(source).digest('hex'), sha)
      return run(sha, keys, args)
    },
  }
}
