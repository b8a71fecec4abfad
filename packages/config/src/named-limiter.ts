import type { CostOptions, Decision, Limiter, Policies, PolicyDecision, SyncLimiter } from '@sluice/core'
import type { LimitSubject } from './configured-limiter.ts'
import type { SluiceDocument, StoreDocument } from './sluice-document.ts'

/** A decision of policies whose names are known. */
export interface NamedDecision<P extends string> extends Decision {
  readonly policy: P
  readonly policies: Readonly<Record<P, PolicyDecision>>
}

/** Options with a cost, by the names of policies. */
type NamedOptions<O, P extends string> = O extends CostOptions
  ? Omit<O, 'cost'> & { readonly cost?: number | Readonly<Partial<Record<P, number>>> | undefined }
  : O

type NamedArguments<A extends readonly unknown[], P extends string> = {
  [I in keyof A]: A[I] extends readonly (infer O)[] ? readonly NamedOptions<O, P>[] : NamedOptions<A[I], P>
}

type NamedResult<R, P extends string> =
  R extends Promise<infer Awaited>
    ? Promise<NamedResult<Awaited, P>>
    : R extends Decision
      ? NamedDecision<P>
      : R extends Decision[]
        ? NamedDecision<P>[]
        : R

type NamedMethods<L extends Limiter, P extends string> = {
  readonly [M in Exclude<keyof L, 'policies'>]: L[M] extends (...args: infer A) => infer R
    ? (...args: NamedArguments<A, P>) => NamedResult<R, P>
    : L[M]
}

/** A limiter whose policies are known by name: all that a limiter has, whatever that is, and `for`. */
export type NamedLimiter<L extends Limiter, P extends string> = NamedMethods<L, P> & {
  readonly policies: Readonly<Record<P, Policies[string]>>
  /**
   * The limiter with the override that matches most fields, or without any. The last 1,000 are remembered, so it may be called for
   * each request. Throws a `TypeError` unless the fields are strings.
   */
  for(subject: LimitSubject): NamedMethods<L, P> & { readonly policies: Readonly<Record<P, Policies[string]>> }
}

/** Stores that answer at once. */
type SyncDriver = 'memory' | 'compact'

/** What limiters of a document can: without a store, they are in memory. */
type LimiterOver<D extends SluiceDocument> = D extends { readonly store: StoreDocument }
  ? D['store'] extends { readonly driver: SyncDriver }
    ? SyncLimiter
    : Limiter
  : undefined extends D['store']
    ? 'store' extends keyof D
      ? Limiter
      : SyncLimiter
    : Limiter

type PolicyNames<L> = L extends { readonly policies: infer P extends object }
  ? keyof P & string
  : L extends { readonly policy: object }
    ? 'default'
    : string

/** The limiters of a document, by the names that it has for them, with the names of their policies. */
export type LimitersOf<D extends SluiceDocument> = {
  readonly [N in keyof D['limiters']]: NamedLimiter<LimiterOver<D>, PolicyNames<D['limiters'][N]>>
}
