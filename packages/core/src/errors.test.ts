import { describe, expect, it, vi } from 'vitest'
import { callersFault, isCallersFault } from './callers-fault.ts'
import { BatchError, codeOf, DeadlineError, OverloadError, StoreDownError, StoredStateError } from './errors.ts'

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

describe('two copies of core in a process', () => {
  const another = async () => {
    vi.resetModules()
    return { ...(await import('./errors.ts')), ...(await import('./callers-fault.ts')) }
  }

  it("recognise each other's errors, and tell them apart", async () => {
    const copy = await another()
    expect(copy.DeadlineError).not.toBe(DeadlineError)
    const pairs: readonly (readonly [unknown, abstract new (...args: never) => Error])[] = [
      [new copy.DeadlineError(), DeadlineError],
      [new copy.OverloadError(5), OverloadError],
      [new copy.StoreDownError(new Error('down')), StoreDownError],
      [new copy.StoredStateError('key', 'tb1'), StoredStateError],
      [new copy.BatchError([new Error('one')]), BatchError],
    ]
    const kinds = pairs.map(([, kind]) => kind)
    for (const [error, own] of pairs) {
      expect(kinds.filter((kind) => error instanceof kind)).toEqual([own])
      expect(Object.keys(error as Error)).not.toContain('kind')
    }
    expect(codeOf(new copy.StoreDownError(new copy.DeadlineError()))).toBe('DEADLINE')
  })

  it('tell who is to blame by one mark', async () => {
    const copy = await another()
    expect(isCallersFault(copy.callersFault(new RangeError('clock')))).toBe(true)
    expect(copy.isCallersFault(callersFault(new Error('clock')))).toBe(true)
    for (const other of [new RangeError('port'), new TypeError('write'), null, undefined, 'text', 5]) {
      expect(isCallersFault(other)).toBe(false)
    }
  })

  it('take nothing else for an error of core', () => {
    class Own extends DeadlineError {}
    for (const other of [new Error('DEADLINE'), { name: 'DeadlineError', code: 'DEADLINE' }, null, undefined, 'text']) {
      expect(other instanceof DeadlineError).toBe(false)
    }
    expect(new Own() instanceof DeadlineError).toBe(true)
    expect(new Own() instanceof Own).toBe(true)
    expect(new DeadlineError() instanceof Own).toBe(false)
  })
})
