import { describe, expect, it } from 'vitest'
import { clientError } from './client-error.ts'

describe('an error of ioredis itself', () => {
  it.each([
    'Connection is closed.',
    'Reached the max retries per request limit (which is 0). Refer to "maxRetriesPerRequest" option for details.',
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Failed to refresh slots cache.',
    "Socket timeout. Expecting data, but didn't receive any in 3000ms.",
    'Too many Cluster redirections. Last error: Error: Connection is closed.',
  ])('that says something of the server is one for all limiters: %s', (message) => {
    expect(clientError(new Error(message))).toEqual({ of: 'server' })
  })

  it('says something of the slot where the client was sent to and fro', () => {
    const message = 'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys request'
    expect(clientError(new Error(message))).toEqual({ of: 'slot' })
  })

  it('that an old version makes on a Cluster comes with advice', () => {
    const message = 'All keys in the pipeline should belong to the same slots allocation group'
    expect(clientError(new Error(message))).toMatchObject({ of: 'limiter', advice: { code: 'SLUICE_OLD_CLIENT' } })
  })

  it.each(['The client is offline', 'Command timed out', 'READONLY Connection is closed.', 'ERR'])(
    'is not what others say: %s',
    (message) => {
      expect(clientError(new Error(message))).toBeUndefined()
    },
  )
})
