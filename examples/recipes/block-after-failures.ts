import { rateLimit } from '@sluice/express'
import { fixedWindow } from '@sluice/fixed-window'
import { clientIp, refusal } from '@sluice/http'
import { createLimiter, memoryStore, type Store, slidingLog } from '@sluice/sliding-log'
import express, { type Express, type Request, type RequestHandler } from 'express'

export function server({ store = memoryStore(), proxies = ['127.0.0.1'], redeem = once() }: Options = {}): Express {
  const failures = createLimiter({
    name: 'voucher-failures',
    policies: { soon: slidingLog({ limit: 5, window: '10m' }), daily: slidingLog({ limit: 20, window: '1d' }) },
    store,
  })
  // A window with room for one. A charge fills it until its end, and no later charge moves that end.
  const blocks = createLimiter({ name: 'voucher-blocks', policy: fixedWindow({ limit: 1, window: '1d' }), store })
  const byIp = clientIp({ trust: proxies })
  const keyOf = ({ socket, headers }: Request): string => byIp(socket.remoteAddress, headers)

  const refuseBlocked: RequestHandler = async (request, response, next) => {
    const block = await blocks.peek(keyOf(request))
    if (block.allowed) return next()
    const { status, headers, problem } = refusal(block, blocks, { fields: [] })
    response.status(status).set(headers).send(JSON.stringify(problem))
  }
  const limit = rateLimit({
    limiter: failures,
    key: keyOf,
    // Counted before the code is looked at, or a hundred guesses at one time would all be.
    refund: (_request, { status, completed }) => completed && status === 200,
    fields: [],
  })

  const app = express()
  app.use('/vouchers', express.json({ limit: '1kb' }), ({ body }, response, next) => {
    if (typeof body?.code === 'string') next()
    else response.status(400).json({ title: 'Expected a code' })
  })
  app.post('/vouchers', refuseBlocked, limit, async (request, response) => {
    const worth = await redeem(request.body.code)
    if (worth !== undefined) {
      response.json({ worth })
      return
    }
    // Before the answer, so that nobody who has it finds the block not begun.
    if (!(await failures.peek(keyOf(request))).allowed) await blocks.charge(keyOf(request))
    response.status(404).json({ title: 'No such voucher' })
  })
  return app
}

/** Stands for vouchers in a database: what one is worth, once. */
function once(): (code: string) => Promise<number | undefined> {
  const vouchers = new Map([['7QK4-M2XD-9VHT-C3PA', 20]])
  return async (code) => {
    const worth = vouchers.get(code)
    vouchers.delete(code)
    return worth
  }
}

interface Options {
  readonly store?: Store
  /** The proxies whose `X-Forwarded-For` is believed. */
  readonly proxies?: readonly string[]
  readonly redeem?: (code: string) => Promise<number | undefined>
}

if (import.meta.main) server().listen(process.env.PORT ?? 3000, () => console.log('POST /vouchers'))
