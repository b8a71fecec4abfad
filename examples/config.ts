import { loadSluice } from '@sluice/config'

const sluice = await loadSluice(
  {
    store: { driver: 'memory' }, // or { driver: 'ioredis', url: 'redis://…' }: nothing else changes
    limiters: {
      api: {
        policies: {
          burst: { algorithm: 'token-bucket', capacity: 20, refill: 10, per: '1s' },
          daily: { algorithm: 'fixed-window', limit: 10_000, window: '1d' },
        },
        overrides: [{ match: { tenant: 'acme' }, policies: { daily: { limit: 100_000 } } }],
      },
      login: { policy: { algorithm: 'sliding-log', limit: 5, window: '15m' }, failure: 'closed' },
    },
  },
  { onEvent: (event) => console.error(event) },
)

const { api, login } = sluice.limiters // their names, and those of their policies, are known to the type checker
console.log((await login.consume('ann')).remaining) // 4
console.log((await api.for({ tenant: 'acme' }).consume('ann')).policies.daily.remaining) // 99999
console.log((await api.consume('bob')).policies.daily.remaining) // 9999

await sluice.close()
