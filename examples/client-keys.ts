import { apiKey, clientIp, compositeKey, userKey } from '@sluice/http'

const byIp = clientIp({ trust: ['10.0.0.0/8'] }) // your proxies, and nobody else
const byApiKey = apiKey({ secret: process.env.KEY_SECRET ?? 'at least sixteen bytes' })

// As a proxy at 10.0.0.1 passes a request on, whatever the client had put into the header before.
const headers = new Headers({ 'X-Forwarded-For': '1.1.1.1, 192.0.2.7' })
const ip = byIp('10.0.0.1', headers)
console.log(byApiKey(headers) ?? ip) // 192.0.2.7
console.log(compositeKey(userKey('Ann@Example.com'), ip)) // one key for both, as a login needs it
