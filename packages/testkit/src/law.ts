import fc from 'fast-check'
import { type Move, type Step, steps } from './history.ts'
import type { Effort } from './playing.ts'
import type { Pair, Subject } from './subject.ts'

/** One of the laws that every algorithm owes on every store. */
export interface Law {
  readonly number: number
  readonly title: string
  /** Throws with a counterexample when the law does not hold. */
  check(pair: Pair, effort: Effort): Promise<void>
}

/** Two sets of options, the second what the first may be changed to. */
export function optionsAndChange(subject: Subject): fc.Arbitrary<[unknown, unknown]> {
  return subject.options.chain((options) => fc.tuple(fc.constant(options), subject.changed(options)))
}

/** Up to four sets of options, any of the algorithm's: some like the first, most not. */
export function changingOptions(subject: Subject): fc.Arbitrary<readonly [unknown, ...unknown[]]> {
  return subject.options.chain((first) =>
    fc
      .array(fc.oneof({ weight: 2, arbitrary: subject.options }, { weight: 1, arbitrary: subject.changed(first) }), {
        maxLength: 3,
        size: 'max',
      })
      .map((others) => [first, ...others] as const),
  )
}

/** Which of the options apply from a step on; mostly those before. */
export const turn: fc.Arbitrary<number | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.nat({ max: 3 }) },
)

export const consumes = (move: fc.Arbitrary<Move>): fc.Arbitrary<Step[]> => steps(['consume'], move)

/** A part of the effort, or a multiple. */
export function scaled(effort: Effort, share: number): Effort {
  return { ...effort, numRuns: Math.ceil((effort.numRuns ?? 100) * share) }
}
