import { createLimiter } from '@sluice/core'
import { clientIp, limitRequests, withLimitFields } from '@sluice/http'
import { tokenBucket } from '@sluice/token-bucket'

const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })
const byIp = clientIp()
const door = limitRequests<string>({ limiter, key: (request, peer) => byIp(peer, request.headers) })

// Bun, Deno, Workers and route handlers call such a function, each with an address of its own.
async function handle(request: Request, peer: string): Promise<Response> {
  return (await door(request, peer)) ?? withLimitFields(request, new Response('fine'))
}

for (let i = 0; i < 3; i += 1) {
  const { status, headers } = await handle(new Request('https://api.example.com/'), '192.0.2.7')
  console.log(status, headers.get('RateLimit'), headers.get('Retry-After'))
}
