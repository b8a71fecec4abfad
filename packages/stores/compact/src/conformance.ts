import { type Harness, memoryHarness } from '@sluice/testkit'
import { compactStore } from './compact-store.ts'

/** This store, ready to be certified. */
export async function harness(): Promise<Harness> {
  return memoryHarness('compact', compactStore)
}
