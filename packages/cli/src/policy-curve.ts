import type { CheckedLimiter, CheckedPolicy } from '@sluice/config'
import type { Policy } from '@sluice/core'
import {
  type AccessLog,
  type CurvePoint,
  curveAt,
  type RefusalCurve,
  refusalCurve,
  tightestLimit,
} from '@sluice/simulation'

/** How many clients one policy would refuse by itself, over its limit. */
export type PolicyCurve =
  | {
      readonly policy: string
      readonly curve: RefusalCurve
      /** What the document has. */
      readonly now: CurvePoint
      /** The tightest limit that refuses at most the wanted share. */
      readonly tightest: CurvePoint | undefined
    }
  /** Its limit cannot be varied; why. */
  | { readonly policy: string; readonly problem: string }

/** The curve of each policy of a limiter, as if it were alone. */
export async function policyCurves(
  log: AccessLog,
  { policies, sources }: CheckedLimiter,
  { refuseAtMost, onProgress }: { readonly refuseAtMost: number; readonly onProgress: (requests: number) => void },
): Promise<readonly PolicyCurve[]> {
  const curves: PolicyCurve[] = []
  for (const [policy, made] of Object.entries(policies)) {
    const withLimit = policyWithLimit(sources[policy] as CheckedPolicy, made)
    try {
      const curve = await refusalCurve({ log, policy: withLimit, onProgress })
      curves.push({ policy, curve, now: curveAt(curve, made.limit), tightest: tightestLimit(curve, refuseAtMost) })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      curves.push({ policy, problem: error.message })
    }
  }
  return curves
}

/** The same policy with another limit: all its whole numbers in proportion, so that a bucket refills as fast for its size. */
function policyWithLimit({ described, options }: CheckedPolicy, { limit: now }: Policy): (limit: number) => Policy {
  const { properties, required = [] } = described.options
  const scaled = required.filter((name) => properties[name]?.type === 'integer')
  return (limit) => {
    const values = scaled.map((name) => [name, Math.max(1, Math.round((Number(options[name]) * limit) / now))])
    return described.create({ ...options, ...Object.fromEntries(values) })
  }
}

/** A few points of a curve for a table: round limits, and those of the document and of the answer. */
export function pointsToShow({
  curve,
  now,
  tightest,
}: Extract<PolicyCurve, { curve: unknown }>): readonly CurvePoint[] {
  const last = Math.max(curve.points.at(-1)?.limit ?? 1, now.limit)
  const limits = new Set([now.limit, ...(tightest === undefined ? [] : [tightest.limit])])
  for (let power = 1; power <= last; power *= 10) {
    for (const limit of [power, 2 * power, 5 * power]) if (limit <= last) limits.add(limit)
  }
  return [...limits].sort((a, b) => a - b).map((limit) => curveAt(curve, limit))
}
