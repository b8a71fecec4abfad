import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'

const free = fixedWindow({ limit: 2, window: '1d' })
const paid = fixedWindow({ limit: 1000, window: '1d' })
const limiter = createLimiter({ name: 'api', policies: { daily: free } })
const paying = new Set<string>()

async function consume(customer: string): Promise<boolean> {
  const tier = limiter.with({ policies: { daily: paying.has(customer) ? paid : free } })
  return (await tier.consume(customer)).allowed
}

console.log(await consume('ann'), await consume('ann'), await consume('ann')) // true true false
paying.add('ann')
console.log(await consume('ann')) // true
