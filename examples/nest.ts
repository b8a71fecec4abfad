import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { RateLimit, RateLimitModule, SkipRateLimit } from '@sluice/nest'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'

// Two requests at once, then one a minute, for each client address.
const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })

@Controller()
class Reports {
  @Get('summary')
  summary() {
    return 'fine'
  }

  @Get('export')
  @RateLimit({ cost: 2 })
  export() {
    return 'fine'
  }

  @Get('health')
  @SkipRateLimit()
  health() {
    return 'fine'
  }
}

@Module({ imports: [RateLimitModule.forRoot({ limiter })], controllers: [Reports] })
class App {}

const app = await NestFactory.create(App, { logger: false })
await app.listen(0, '127.0.0.1')
for (const path of ['summary', 'export', 'health']) {
  const { status, headers } = await fetch(`${await app.getUrl()}/${path}`)
  console.log(path, status, headers.get('RateLimit'), headers.get('Retry-After'))
}
await app.close()
