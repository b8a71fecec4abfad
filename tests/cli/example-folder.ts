import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The document that the examples of the command line use. */
export const exampleDocument = {
  store: { driver: 'memory' },
  limiters: {
    api: {
      policies: {
        burst: { algorithm: 'token-bucket', capacity: 20, refill: 10, per: '1s' },
        daily: { algorithm: 'fixed-window', limit: 40, window: '1d' },
      },
      overrides: [{ match: { tenant: 'acme' }, policies: { daily: { limit: 100_000 } } }],
    },
    login: { policy: { algorithm: 'sliding-log', limit: 5, window: '15m' }, failure: 'closed' },
  },
}

/** The same with a tighter daily quota. */
export const otherDocument = {
  limiters: {
    ...exampleDocument.limiters,
    api: {
      policies: {
        ...exampleDocument.limiters.api.policies,
        daily: { algorithm: 'fixed-window', limit: 30, window: '1d' },
      },
    },
  },
}

/** The same on the Redis of the environment. */
export const redisDocument = {
  ...exampleDocument,
  store: { driver: 'ioredis', url: `\${REDIS_URL}`, prefix: `cli-${process.pid}` },
}

/** A log of 60 clients in one hour: the n-th comes n times, evenly. */
export function exampleLog(): string {
  const requests = Array.from({ length: 60 }, (_, client) =>
    Array.from({ length: client + 1 }, (_, i) => ({
      client: client + 1,
      time: Date.UTC(2026, 2, 4, 14) + Math.floor((i * 3600) / (client + 1)) * 1000,
    })),
  ).flat()
  requests.sort((a, b) => a.time - b.time)
  const lines = requests.map(({ client, time }) => {
    const clock = new Date(time).toISOString().slice(11, 19)
    return `192.0.2.${client} - - [04/Mar/2026:${clock} +0000] "GET / HTTP/1.1" 200 512\n`
  })
  return lines.join('')
}

/** Lays down the files that the examples in the help of each command name. */
export function layExamples(folder: string): void {
  writeFileSync(join(folder, 'sluice.json'), JSON.stringify(exampleDocument))
  writeFileSync(join(folder, 'redis.json'), JSON.stringify(redisDocument))
  writeFileSync(join(folder, 'other.json'), JSON.stringify(otherDocument))
  writeFileSync(join(folder, 'access.log'), exampleLog())
  writeFileSync(join(folder, 'access.log.gz'), gzipSync(exampleLog()))
}

/** The command lines in a help text; one that ends with a backslash goes on in the next line. */
export function examplesIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}\$ ((?:.*\\\n)*.+)$/gm)].map(([, line]) => line as string)
}
