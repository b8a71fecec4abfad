import { createLimiter, memoryStore } from '@sluice/core'
import { logLines, readAccessLog, replay, virtualClock } from '@sluice/simulation'
import { slidingLog } from '@sluice/sliding-log'

// As a file's, or a request's: `createReadStream('access.log')`, `response.body`.
const bytes = new Blob([
  'shop.example:443 192.0.2.7 - - [04/Mar/2026:14:00:05 +0000] "GET / HTTP/1.1" 200 5120\n',
  'shop.example:443 ::ffff:192.0.2.7 - - [04/Mar/2026:14:00:06 +0000] "GET /a HTTP/1.1" 200 512\n',
  'shop.example:443 - - - [04/Mar/2026:14:00:06 +0000] "GET /b HTTP/1.1" 200 512\n',
]).stream()
const log = await readAccessLog(logLines(bytes))
console.log(log.clients.join(), log.malformed[0]?.lines.join()) // 192.0.2.7 3

const clock = virtualClock()
const limiter = createLimiter({
  name: 'api',
  policy: slidingLog({ limit: 1, window: '1m' }),
  store: memoryStore({ clock: clock.now }),
})
const { admitted, refused } = await replay({ log, limiter, clock, window: '1m' })
console.log(admitted, refused) // 1 1
