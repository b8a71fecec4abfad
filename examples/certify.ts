import { laws, memoryHarness } from '@sluice/testkit'
import { subject } from '@sluice/token-bucket/conformance'

for (const law of laws) {
  await law.check({ subject, harness: memoryHarness() }, { numRuns: 20, seed: 7 })
  console.log(`law ${law.number} holds: ${law.title}`)
}
