import { describe, expect, it } from 'vitest'
import { clientError } from './client-error.ts'

describe('an error of redis itself', () => {
  it.each([
    new Error('Socket closed unexpectedly'),
    new Error('Socket timeout'),
    new Error('The client is offline'),
    new Error('The client is closed'),
    new Error('All the root nodes are unavailable'),
    new Error('Too many Cluster redirections', { cause: new Error('The client is closed') }),
    Object.assign(new Error('Expected the master to reply'), { code: 'MASTER_LOST' }),
  ])('that says something of the server is one for all limiters: %s', (error) => {
    expect(clientError(error)).toEqual({ of: 'server' })
  })

  it('says something of the slot where the client was sent to and fro', () => {
    const cause = new Error('MOVED 5461 10.0.0.1:6379')
    expect(clientError(new Error('Too many Cluster redirections', { cause }))).toEqual({ of: 'slot' })
  })

  it.each(['Connection is closed.', 'The queue is full', 'READONLY The client is closed', 'ERR'])(
    'is not what others say: %s',
    (message) => {
      expect(clientError(new Error(message))).toBeUndefined()
    },
  )
})
