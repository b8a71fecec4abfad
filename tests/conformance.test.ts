import { globSync } from 'node:fs'
import { join } from 'node:path'
import { type Harness, laws, memoryHarness, type Subject } from '@sluice/testkit'
import { afterAll, describe, inject, it } from 'vitest'

// Every algorithm on every store, found by the files that make them ready: a new one needs no line here.
const root = join(import.meta.dirname, '..')
const found = async <T>(kind: string): Promise<T[]> =>
  Promise.all(
    globSync(`packages/${kind}/*/src/conformance.ts`, { cwd: root })
      .sort()
      .map((file) => import(join(root, file))),
  )

const algorithms = await found<{ subject: Subject }>('algorithms')
const stores = await found<{ harness(url: string): Promise<Harness> }>('stores')
const harnesses = [memoryHarness(), ...(await Promise.all(stores.map(({ harness }) => harness(inject('redisUrl')))))]

// The same histories in every run, unless another seed is asked for; more of them with a factor.
const seed = Number(process.env.SLUICE_SEED ?? 20_261_123)
const factor = Number(process.env.SLUICE_RUNS ?? 1)
const twinRuns = 1000
const runs = 60

for (const { subject } of algorithms) {
  for (const harness of harnesses) {
    describe(`${subject.name} on ${harness.name}`, () => {
      for (const law of laws) {
        it(`law ${law.number}: ${law.title}`, async () => {
          const numRuns = Math.ceil((law.number === 10 ? twinRuns : runs) * factor)
          await law.check({ subject, harness }, { numRuns, seed })
        })
      }
    })
  }
}

afterAll(async () => {
  await Promise.all(harnesses.map((harness) => harness.close()))
})
