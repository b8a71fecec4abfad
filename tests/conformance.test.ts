import { setClockHarness } from '@sluice/redis-script/conformance'
import { patientOptions } from '@sluice/store-ioredis/conformance'
import { laws, memoryHarness } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, describe, inject, it } from 'vitest'
import { findAlgorithms, findStores } from '../tooling/packages.ts'

// Every algorithm on every store, found by the files that make them ready: a new one needs no line here.
const algorithms = await findAlgorithms()
const client = new Redis(inject('redisUrl'), patientOptions)
const setClock = setClockHarness({
  command: (name, ...args) => client.call(name, ...args),
  close: async () => {
    await client.quit()
  },
})
const harnesses = [memoryHarness(), ...(await findStores(inject('redisUrl'))), setClock]

// The same histories in every run, unless another seed is asked for; more of them with a factor.
const seed = Number(process.env.SLUICE_SEED ?? 20_261_123)
const factor = Number(process.env.SLUICE_RUNS ?? 1)
// Of a mutant it is enough to know that it is caught.
const endOnFailure = process.env.SLUICE_MUTANT !== undefined
const twinRuns = 1000
const runs = 60

/** The laws that a clock of the server's own, which goes anywhere, could break. */
const ofClocks = [8, 9, 10, 17]

for (const subject of algorithms) {
  for (const harness of harnesses) {
    describe(`${subject.name} on ${harness.name}`, () => {
      for (const law of laws) {
        if (harness === setClock && !ofClocks.includes(law.number)) continue
        it(`law ${law.number}: ${law.title}`, async () => {
          const numRuns = Math.ceil((law.number === 10 ? twinRuns : runs) * factor)
          await law.check({ subject, harness, others: algorithms }, { numRuns, seed, endOnFailure })
        })
      }
    })
  }
}

afterAll(async () => {
  await Promise.all(harnesses.map((harness) => harness.close()))
})
