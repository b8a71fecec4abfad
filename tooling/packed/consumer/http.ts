import {
  apiKey,
  type ClientIpOptions,
  clientIp,
  compositeKey,
  type DecisionNumbers,
  keyHash,
  limitedFetch,
  limitFields,
  limitRequests,
  readLimits,
  refusalResponse,
  userKey,
} from '@sluice/http'

const nothing: undefined = undefined

/** Whether keys, fields, the door and the client work, with options that are left out. */
export async function worksOverHttp(): Promise<boolean> {
  const noProxy: ClientIpOptions = { trust: nothing, hops: nothing, header: nothing, prefix: nothing }
  const secret = 'sixteen bytes or more'
  const keys = [
    clientIp(noProxy)('::ffff:192.0.2.7', {}),
    apiKey({ secret, header: nothing })(new Headers({ authorization: 'Bearer a' })),
    keyHash({ secret })('api-key', 'a'),
    compositeKey(userKey('Ann'), '192.0.2.7'),
  ]
  if (keys[0] !== '192.0.2.7' || keys[1] !== keys[2] || keys[3] !== '8:user:ann9:192.0.2.7') return false

  const own = {
    allowed: false,
    limit: 1,
    remaining: 0,
    used: 1,
    cost: 0,
    retryAfterMs: 1500,
    resetAfterMs: 1500,
    delayMs: 0,
  }
  const decision: DecisionNumbers = { ...own, policy: 'default', policies: { default: own }, source: 'store', at: 0 }
  const quotas = { name: 'api', policies: { default: { limit: 1, window: 2000 } } }
  if (limitFields(decision, quotas, nothing).RateLimit !== '"api";r=0;t=2') return false
  const response = refusalResponse(decision, quotas, { fields: nothing, neverStatus: nothing })
  if (readLimits(response.headers, 0).retryAfterMs !== 2000) return false

  const door = limitRequests({
    limiter: () => nothing,
    key: () => 'ann',
    cost: nothing,
    skip: nothing,
    refuse: nothing,
  })
  if ((await door(new Request('https://example.com/'))) !== nothing) return false
  const patientFetch: typeof fetch = limitedFetch(async () => new Response('fine'), {
    maxWait: nothing,
    limiter: nothing,
  })
  return (await patientFetch('https://example.com/')).ok
}
