import { expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'
import { UsageError } from './usage-error.ts'

const local = 'redis://127.0.0.1:6379'

it('serves from memory, unless told otherwise', () => {
  expect(readArguments([], {})).toEqual({ task: 'serve', port: 4400, store: { kind: 'memory', url: local } })
})

it('takes the store from the environment, and rather from a flag', () => {
  const env = { SLUICE_STORE: 'ioredis', REDIS_URL: 'redis://db:6380/2' }
  expect(readArguments([], env)).toMatchObject({ store: { kind: 'ioredis', url: 'redis://db:6380/2' } })
  expect(readArguments(['--store', 'redis', '--redis-url', 'rediss://other'], env)).toMatchObject({
    store: { kind: 'redis', url: 'rediss://other' },
  })
})

it('replays a log, with a quota', () => {
  expect(readArguments(['--log', 'access.log'], {})).toMatchObject({
    task: 'log',
    file: 'access.log',
    quota: { limit: 5, window: 10_000, burst: 5 },
  })
  const flags = ['--log', 'access.log', '--limit=20', '--window=1m', '--capacity=7']
  expect(readArguments(flags, {})).toMatchObject({ quota: { limit: 20, window: 60_000, burst: 7 } })
  expect(readArguments([...flags, '--window', '1500'], {})).toMatchObject({ quota: { window: 1500 } })
})

it.each([
  [['--nope'], "Unknown option '--nope'"],
  [['file.log'], "Unexpected argument 'file.log'. This command does not take positional arguments"],
  [['--store', 'mongo'], 'Expected the store to be one of memory, ioredis, redis, got "mongo"'],
  [['--redis-url', 'localhost'], 'Expected the Redis URL to be like redis://127.0.0.1:6379, got "localhost"'],
  [['--port', '65536'], 'Expected --port to be a number from 0 to 65535, got "65536"'],
  [['--log', ''], 'Expected --log to name a file, got ""'],
  [['--log', 'a', '--port', '1'], 'Expected --port to come without --log, which serves nothing'],
  [['--limit', '5'], 'Expected --limit to come with --log; the page has its own'],
  [['--log', 'a', '--limit', 'ten'], 'Expected `limit` to be a positive integer, got "ten"'],
  [['--log', 'a', '--limit', '0'], 'Expected `limit` to be a positive integer below 2^53, got 0'],
  [['--log', 'a', '--limit', '20000'], 'Expected `limit` to be at most 10000, the most a log holds, got 20000'],
  [['--log', 'a', '--window', '1y'], "Expected `window` to be a duration like 250, '1s' or '15m', got \"1y\""],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args, {})).toThrow(new UsageError(message))
})
