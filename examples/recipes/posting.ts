import { serve } from '@hono/node-server'
import { createLimiter, memoryStore, type Store } from '@sluice/core'
import { limitRequests, withLimitFields } from '@sluice/http'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'

export interface User {
  readonly id: string
  /** Whether the account is old enough, or somebody has vouched for it. */
  readonly isKnown: boolean
}
interface Post {
  readonly user: User
  readonly text: string
}

const quota = (atOnce: number, perDay: number, links: number) => ({
  soon: tokenBucket({ capacity: atOnce, refill: 1, per: '1m' }),
  daily: slidingLog({ limit: perDay, window: '1d' }),
  links: slidingLog({ limit: links, window: '1d' }),
})
const newcomer = quota(2, 10, 2)
const member = quota(5, 100, 20)

/** A server for every runtime that gives a Web `Request` and takes a `Response`. */
export function server({ store = memoryStore(), sessions = examples, save = () => {} }: Options = {}) {
  const limiter = createLimiter({ name: 'posts', policies: member, store })
  const door = limitRequests<Post>({
    // The same limiter with other numbers: what somebody has posted as a newcomer counts in what a member may.
    limiter: (_request, { user }) => limiter.with({ policies: user.isKnown ? member : newcomer }),
    key: (_request, { user }) => user.id,
    // 1 of the policies that are not named. A post without links passes where there is no room for another link.
    cost: (_request, { text }) => ({ links: linksIn(text) }),
    neverStatus: 400,
  })

  return async (request: Request): Promise<Response> => {
    if (request.method !== 'POST' || new URL(request.url).pathname !== '/posts') return answer(404, 'Nothing is here')
    const user = sessions.get(request.headers.get('Authorization')?.replace(/^Bearer /, '') ?? '')
    if (user === undefined) return answer(401, 'Expected a session')
    // A body of unknown length may be of any length.
    if (!(Number(request.headers.get('Content-Length') ?? 'none') <= 10_000))
      return answer(413, 'Expected at most 10 kB')
    const text = await request.text()
    if (text.trim() === '') return answer(400, 'Expected a text')

    const post = { user, text }
    const refused = await door(request, post)
    if (refused !== undefined) return refused
    await save(post)
    return withLimitFields(request, answer(201, 'Posted'))
  }
}

/** Also where they follow each other without a space, or are written in capitals or full width. */
function linksIn(text: string): number {
  return text.normalize('NFKC').match(/https?:\/\/(?:www\.)?|www\./gi)?.length ?? 0
}

function answer(status: number, title: string): Response {
  return Response.json({ title }, { status })
}

const examples: ReadonlyMap<string, User> = new Map([['session-of-ann', { id: 'ann', isKnown: false }]])

interface Options {
  readonly store?: Store
  readonly sessions?: ReadonlyMap<string, User>
  readonly save?: (post: Post) => void | Promise<void>
}

if (import.meta.main)
  serve({ fetch: server(), port: Number(process.env.PORT ?? 3000) }, () => console.log('POST /posts'))
