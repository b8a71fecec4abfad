import type { Policies, PolicyOptions } from './contract/limiter.ts'
import type { Policy } from './contract/policy.ts'
import { expectOptions } from './expect.ts'
import { expectPolicies } from './limiter-options.ts'

const mostRemembered = 1000

/**
 * Makes limiters of one name for policies of the same names and algorithms, and remembers the last 1,000 by their parameters.
 * Throws a `RangeError` for other names or algorithms.
 */
export function tiers<L>(base: Policies, make: (policies: Policies) => L): (options: PolicyOptions) => L {
  const remembered = new Map<string, L>()

  return (options) => {
    expectOptions('with', options, ['policy', 'policies'])
    const policies = expectSameAlgorithms(base, expectPolicies('with', options))
    const id = Object.values(policies).map(parametersOf).join(';')
    const tier = remembered.get(id) ?? make(policies)
    // A Map lists the last that was set last.
    remembered.delete(id)
    remembered.set(id, tier)
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value as string)
    return tier
  }
}

/** Whatever a decision depends on: two policies of equal parameters decide alike. */
function parametersOf({ format, limit, ceiling, unit, parameters }: Policy): string {
  return `${format},${limit},${ceiling},${unit},${parameters.join(',')}`
}

/** The given policies in the order of the limiter's own, because of equals the first binds. */
function expectSameAlgorithms(base: Policies, given: Policies): Policies {
  const names = Object.keys(base)
  const givenNames = Object.keys(given)
  if (givenNames.length !== names.length || !names.every((name) => Object.hasOwn(given, name))) {
    throw new RangeError(
      `Expected the policies of \`with\` to be ${names.join(', ')}, as in the limiter, got ${givenNames.join(', ')}`,
    )
  }
  const ordered = names.map((name) => [name, expectSameAlgorithm(name, base[name] as Policy, given[name] as Policy)])
  return Object.freeze(Object.fromEntries(ordered))
}

function expectSameAlgorithm(name: string, own: Policy, given: Policy): Policy {
  if (given.algorithm === own.algorithm && given.format === own.format) return given
  throw new RangeError(
    `Expected the policy ${name} of \`with\` to be a ${own.algorithm}, as in the limiter, got a ${given.algorithm}: it would be a fresh quota`,
  )
}
