import {
  createLimiter,
  type Limiter,
  type LimiterEvent,
  type LimiterOptions,
  type Policies,
  type Store,
} from '@sluice/core'
import type { CheckedLimiter } from './check-sluice.ts'
import type { Generation } from './configured-limiter.ts'
import { overridesOf } from './overrides.ts'

/** Limiters of one name with the same options, which differ in parameters alone: they share all that is counted. */
export interface Family {
  readonly id: string
  readonly limiter: Limiter
  /** Read at each decision that this process makes for itself. */
  readonly processes: { count: number }
}

/** What the limiters of a document are made with. */
export interface Making {
  readonly store: Store
  readonly onEvent: ((event: LimiterEvent) => void) | undefined
}

/** What one limiter of a document becomes: nothing of it is in use yet. */
export interface Prepared {
  readonly family: Family
  readonly generation: Generation
  /** Makes the number of processes current, with the generation. */
  apply(): void
}

/**
 * Makes the limiter of a document. Where only parameters, overrides or the number of processes differ from before, it is of the same
 * family: `with` keeps also what was counted in this process during an outage.
 */
export function prepare(name: string, checked: CheckedLimiter, before: Family | undefined, making: Making): Prepared {
  const family = before?.id === idOf(checked) ? before : makeFamily(name, checked, making)
  const tier = (policies: Policies): Limiter => family.limiter.with({ policies })
  const overrides = checked.overrides.map(({ match, policies }) => [match, tier(policies)] as const)
  return {
    family,
    generation: { limiter: tier(checked.policies), overrides: overridesOf(overrides) },
    apply() {
      family.processes.count = processesOf(checked)
    },
  }
}

/** Options that a limiter keeps for life: all but the parameters of its policies, and the number of processes. */
function idOf({ policies, options: { processes: _, ...options } }: CheckedLimiter): string {
  const kinds = Object.entries(policies).map(([name, { algorithm, format }]) => [name, algorithm, format])
  return JSON.stringify([kinds, sorted(options)])
}

function processesOf({ options: { processes } }: CheckedLimiter): number {
  return typeof processes === 'number' ? processes : 1
}

function makeFamily(name: string, checked: CheckedLimiter, { store, onEvent }: Making): Family {
  const processes = { count: processesOf(checked) }
  const options: LimiterOptions = {
    ...checked.options,
    policies: checked.policies,
    name,
    store,
    processes: () => processes.count,
    ...(onEvent !== undefined && { onEvent }),
  }
  return { id: idOf(checked), limiter: createLimiter(options), processes }
}

/** All that a limiter of a document is: two that are equal decide alike. */
export function fingerprint(checked: CheckedLimiter): string {
  const { policies, overrides } = checked
  return JSON.stringify([idOf(checked), processesOf(checked), parametersOf(policies), overridesIn(overrides)])
}

function overridesIn(overrides: CheckedLimiter['overrides']): unknown {
  return overrides.map(({ match, policies }) => [sorted(match), parametersOf(policies)])
}

function parametersOf(policies: Policies): unknown {
  return Object.values(policies).map(({ limit, ceiling, unit, window, parameters }) => [
    limit,
    ceiling,
    unit,
    window,
    parameters,
  ])
}

function sorted(object: object): readonly (readonly [string, unknown])[] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))
}
