import type { Key, Policy } from '@sluice/core'
import fc from 'fast-check'
import { anyMove, costOf, type Move, type Weight, weight } from './history.ts'
import type { Model } from './model.ts'
import type { Subject } from './subject.ts'

/** One policy of a limiter. */
export interface Part {
  readonly policy: Policy
  readonly model: Model
  readonly span: number
}

/** A policy with any options that are drawn for it. */
export function partOf(subject: Subject): fc.Arbitrary<Part> {
  return subject.options.map((options) => ({
    policy: subject.policy(options),
    model: subject.model(options),
    span: subject.span(options),
    [fc.toStringMethod]: () => `${subject.name} ${JSON.stringify(options)}`,
  }))
}

/** What is asked at one instant: a batch, or one thing alone. */
export interface Visit {
  readonly mode: 'consume' | 'charge' | 'batch' | 'peek' | 'refund'
  readonly move: Move
  readonly requests: readonly VisitRequest[]
}

export interface VisitRequest {
  /** One for all policies, or one for each. */
  readonly key: string | readonly string[]
  readonly weights: readonly Weight[]
}

export const slots: fc.Arbitrary<'key' | 'limiter'> = fc.constantFrom('key', 'limiter', 'limiter')

/** The same, with one key for all policies of a request. */
export function onOneKey(visit: Visit): Visit {
  return {
    ...visit,
    requests: visit.requests.map((one) => ({ ...one, key: typeof one.key === 'string' ? one.key : 'c' })),
  }
}

export const visits: fc.Arbitrary<readonly Visit[]> = fc.array(
  fc.record({
    mode: fc.constantFrom('consume', 'charge', 'batch', 'batch', 'batch', 'peek', 'refund'),
    move: anyMove,
    requests: fc.array(
      fc.record({
        key: fc.oneof(
          fc.constantFrom('a', 'a', 'a', 'b'),
          fc.array(fc.constantFrom('a', 'a', 'b', 'c'), { minLength: 4, maxLength: 4 }),
        ),
        weights: fc.array(weight, { minLength: 4, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 8, size: 'max' },
    ),
  }),
  { minLength: 1, maxLength: 8, size: 'max' },
)

/** What a limiter whose policies are named p0, p1 … is asked. */
export function costsByName(costs: readonly number[]): Record<string, number> {
  return Object.fromEntries(costs.map((cost, i) => [`p${i}`, cost]))
}

/** The key of a request, for a limiter with so many policies. */
export function keyOf(key: VisitRequest['key'], policies: number): Key {
  if (typeof key === 'string') return key
  return Object.fromEntries(Array.from({ length: policies }, (_, i) => [`p${i}`, key[i] as string]))
}

/** What a request costs each policy; a refund at most what fits in its quota. */
export function costsOf({ weights }: VisitRequest, all: readonly Part[], mode: Visit['mode']): readonly number[] {
  return all.map(({ policy: { limit } }, i) => {
    const cost = costOf(weights[i] as Weight, limit)
    return mode === 'refund' ? Math.min(cost, limit) : cost
  })
}
