import { expectOptions, shown } from '@sluice/core/internal'
import { expectForms, type FieldForm, type Fields, limitFields, publicName } from './limit-fields.ts'
import { type DecisionNumbers, type QuotaSource, retryAfterSeconds } from './quota.ts'

export interface RefusalOptions {
  /** The forms of the fields. Default: draft 11. With none, the problem document does not name the policies that refused either. */
  readonly fields?: readonly FieldForm[] | undefined
  /** The status of a request whose cost is above the limit, so that it can never be admitted: 413 (default) or 400. */
  readonly neverStatus?: 400 | 413 | undefined
}

/** A problem document of RFC 9457. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly 'violated-policies'?: readonly string[]
}

/** A refusal, for any server to send: `problem` as JSON is its body. */
export interface Refusal {
  readonly status: number
  readonly headers: Fields
  readonly problem: Problem
}

const types = 'https://iana.org/assignments/http-problem-types#'

/**
 * The answer to a refused request: 429 with `Retry-After`; 503 if the limiter refused without its store, because the client did
 * nothing wrong; 413, or `neverStatus`, without `Retry-After` if the cost can never fit. Throws a `RangeError` for an admission.
 */
export function refusal(decision: DecisionNumbers, limiter: QuotaSource, options: RefusalOptions = {}): Refusal {
  expectOptions('refusal', options, ['fields', 'neverStatus'])
  if (decision.allowed) throw new RangeError('Expected the decision to be a refusal, got an admission')
  const forms = expectForms(options.fields)
  const neverStatus = expectNeverStatus(options.neverStatus)
  const seconds = retryAfterSeconds(decision.retryAfterMs)
  const fields = limitFields(decision, limiter, forms)
  const problem = problemOf(decision, neverStatus)
  const isTold = forms.length > 0 && decision.source !== 'closed'
  const headers = {
    ...fields,
    ...(seconds === undefined ? {} : { 'Retry-After': String(seconds) }),
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
  }
  return {
    status: problem.status,
    headers: { ...headers, 'Access-Control-Expose-Headers': exposedNames(headers) },
    problem: isTold ? { ...problem, 'violated-policies': violatedPolicies(decision, limiter) } : problem,
  }
}

/** A refusal as a Web `Response`: see `refusal`. */
export function refusalResponse(decision: DecisionNumbers, limiter: QuotaSource, options?: RefusalOptions): Response {
  const { status, headers, problem } = refusal(decision, limiter, options)
  return new Response(JSON.stringify(problem), { status, headers })
}

/** The names for `Access-Control-Expose-Headers`: scripts of other origins read no fields that are not named there. */
export function exposedNames(fields: Fields): string {
  return Object.keys(fields)
    .filter((name) => /ratelimit|^retry-after$/i.test(name))
    .join(', ')
}

/** The `neverStatus` option, checked. */
export function expectNeverStatus(status: unknown = 413): 400 | 413 {
  if (status === 400 || status === 413) return status
  throw new RangeError(`Expected \`neverStatus\` to be 413 or 400, got ${shown(status)}`)
}

function problemOf(decision: DecisionNumbers, neverStatus: 400 | 413): Problem {
  if (decision.retryAfterMs === Number.POSITIVE_INFINITY) {
    return {
      type: 'about:blank',
      title: neverStatus === 413 ? 'Content Too Large' : 'Bad Request',
      status: neverStatus,
      detail: 'The request costs more than its quota ever admits at once.',
    }
  }
  if (decision.source === 'closed') {
    return {
      type: `${types}temporary-reduced-capacity`,
      title: 'Request cannot be satisfied due to temporary server capacity constraints',
      status: 503,
    }
  }
  return {
    type: `${types}quota-exceeded`,
    title: 'Request cannot be satisfied as assigned quota has been exceeded',
    status: 429,
  }
}

function violatedPolicies(decision: DecisionNumbers, limiter: QuotaSource): readonly string[] {
  return Object.entries(decision.policies)
    .filter(([, { allowed }]) => !allowed)
    .map(([name]) => publicName(limiter, name))
}
