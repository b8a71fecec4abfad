import { limitedFetch, readLimits } from '@sluice/http'

// Stands for an API that admits two requests and wants the third to wait for 20 ms.
let requests = 0
async function api(): Promise<Response> {
  requests += 1
  if (requests === 3) return new Response('later', { status: 429, headers: { 'retry-after-ms': '20' } })
  return new Response('fine', { headers: { 'RateLimit-Policy': '"api";q=2;w=60', RateLimit: '"api";r=1;t=30' } })
}

const patientFetch = limitedFetch(api, { maxWait: '10s' }) // for a real one: limitedFetch(fetch)
for (let i = 0; i < 3; i += 1) {
  const response = await patientFetch('https://api.example.com/items')
  console.log(response.ok) // true
  console.log(readLimits(response.headers, Date.now()).limits[0]?.remaining)
}
