import type { Policy } from '@sluice/core'
import type { Model } from '@sluice/testkit'
import { findAlgorithms } from '../../tooling/packages.ts'

interface Contest {
  readonly policy: Policy
  readonly model: Model
  /** The most that may be admitted from one instant to another, `elapsed` ms later. */
  envelope(elapsed: bigint): bigint
}

const algorithms = await findAlgorithms()
const monthMs = 30 * 86_400_000

/** A fast policy of each algorithm, by its name. */
export const fastContests: Readonly<Record<string, Contest>> = Object.fromEntries(
  algorithms.map((subject) => {
    const options = subject.quota(20, 100)
    const envelope = (elapsed: bigint): bigint => subject.envelope(options, elapsed)
    return [subject.name, { policy: subject.policy(options), model: subject.model(options), envelope }]
  }),
)

/** A slow policy of each algorithm, of which no more than 100 units can be had during the test. */
const slowContests: Readonly<Record<string, Contest>> = Object.fromEntries(
  algorithms.map((subject) => {
    const options = subject.quota(100, monthMs)
    const envelope = (): bigint => 100n
    return [`slow-${subject.name}`, { policy: subject.policy(options), model: subject.model(options), envelope }]
  }),
)

/** What the processes fight over. */
export const contests: Readonly<Record<string, Contest>> = { ...fastContests, ...slowContests }
