import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { rateLimit } from '@sluice/express'
import { clientIp, compositeKey, userKey } from '@sluice/http'
import { createLimiter, memoryStore, type Store, slidingLog } from '@sluice/sliding-log'
import express, { type Express } from 'express'

const hash = promisify(scrypt) as (password: string, salt: Buffer, bytes: number) => Promise<Buffer>
const salt = randomBytes(16)
// Found by the key that they are counted by: no other spelling of a name finds an account and has a count of its own.
const accounts = new Map([[userKey('ann@example.com'), await hash('correct horse', salt, 32)]])
const nobody = randomBytes(32)

/** Takes as long for a name that nobody has. */
async function isPassword(user: string, password: string): Promise<boolean> {
  return timingSafeEqual(await hash(password, salt, 32), accounts.get(userKey(user)) ?? nobody)
}

export function server(options: Options = {}): Express {
  const { store = memoryStore(), proxies = ['127.0.0.1'], check = isPassword } = options
  const byIp = clientIp({ trust: proxies })
  const limiter = createLimiter({
    name: 'login',
    store,
    slot: 'limiter', // each policy counts by a key of its own, and still all of them admit or none is charged
    policies: {
      userAtIp: slidingLog({ limit: 5, window: '15m' }),
      ip: slidingLog({ limit: 50, window: '1d' }),
      user: slidingLog({ limit: 100, window: '1d' }),
    },
  })
  const limit = rateLimit({
    limiter,
    key: ({ body, socket, headers }) => {
      const [user, ip] = [userKey(body.user), byIp(socket.remoteAddress, headers)]
      return { userAtIp: compositeKey(user, ip), ip, user }
    },
    // Counted before the password is looked at, or a hundred guesses at one time would all pass. Failures stay counted.
    refund: (_request, { status, completed }) => completed && status === 200,
    fields: [], // they would tell of other people's attempts
  })

  const app = express()
  app.use('/login', express.json({ limit: '4kb' }), ({ body }, response, next) => {
    if (typeof body?.user === 'string' && typeof body.password === 'string') next()
    else response.status(400).json({ title: 'Expected a user and a password' })
  })
  app.post('/login', limit, async ({ body }, response) => {
    if (await check(body.user, body.password)) response.json({ session: randomUUID() })
    else response.status(401).json({ title: 'No such user, or another password' })
  })
  return app
}

interface Options {
  readonly store?: Store
  /** The proxies whose `X-Forwarded-For` is believed. */
  readonly proxies?: readonly string[]
  readonly check?: (user: string, password: string) => Promise<boolean>
}

if (import.meta.main) server().listen(process.env.PORT ?? 3000, () => console.log('POST /login'))
