/** One limit, as a response reports it. Properties that it does not report, or cannot mean, are absent. */
export interface ReportedLimit {
  /** The name of the policy, or of the dimension: `'requests'`, `'tokens'`; `'default'` where it has none. */
  readonly name: string
  /** The quota, in units; above 0. */
  readonly limit?: number
  /** Ms in which the quota is given out; above 0. */
  readonly windowMs?: number
  /** Units that may still be used. */
  readonly remaining?: number
  /** Ms until there is more. */
  readonly resetAfterMs?: number
  /** The unit, unless requests are counted: `'content-bytes'`. */
  readonly unit?: string
  /** The part of the policy that this request was counted in, in base64. */
  readonly partition?: string
}
