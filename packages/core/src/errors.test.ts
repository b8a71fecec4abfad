import { describe, expect, it } from 'vitest'
import { codeOf, DeadlineError, StoreDownError } from './errors.ts'

class ClientOfflineError extends Error {}

class Renamed extends Error {
  override readonly name = 'redis://:secret@10.0.0.1'
}

describe('the code of an error', () => {
  it.each<[Error, string]>([
    [new DeadlineError(), 'DEADLINE'],
    [new StoreDownError(new DeadlineError()), 'DEADLINE'],
    [Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new Error('WRONGPASS invalid username-password pair or user is disabled.'), 'WRONGPASS'],
    [new TypeError('Expected the script to …'), 'TypeError'],
    // Those of node-redis have no name of their own.
    [new ClientOfflineError('The client is offline'), 'ClientOfflineError'],
    // Nor have some of ioredis.
    [new Error('Connection is closed.'), 'CONNECTION_CLOSED'],
    [
      new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 5 10.0.0.1:6379'),
      'TOO_MANY_REDIRECTIONS',
    ],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'OFFLINE'],
    [new Error('connect to 10.0.0.1 as secret'), 'Error'],
    [Object.assign(new Error('secret'), { code: 'secret at 10.0.0.1' }), 'Error'],
    [new Renamed('secret'), 'Error'],
  ])('says what went wrong in a word, and nothing else: %s', (error, code) => {
    expect(codeOf(error)).toBe(code)
  })
})
