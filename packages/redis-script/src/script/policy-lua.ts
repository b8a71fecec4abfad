import type { Policy } from '@sluice/core'

/** How a script speaks of one policy: its variables, and calls of its twin. */
export interface PolicyLua {
  /** From 1 on, as in KEYS. */
  readonly number: number
  /** Begins the statement that declares variables of the policy: empty where they are fields of a table. */
  readonly local: string
  readonly key: string
  /** What the policy is given with each call: its ceiling first. */
  readonly given: readonly string[]
  readonly ceiling: string
  /** What a request adds to `used`. */
  readonly charge: string
  /** The most that a charge may bring `used` to. */
  readonly most: string
  /** What a cost of 1 adds to `used`. */
  readonly unit: string
  /** What was ever charged; 0 where the policy does not count. */
  readonly counted: string
  /** Whether the policy counts. */
  readonly counts: boolean
  /** Whether only its last charge can be taken back. */
  readonly onlyLast: boolean
  /** What `load` returns: the names, in its order. */
  readonly state: string
  /** What counts against the ceiling, or nil: what the key holds is foreign, or cannot be read. */
  readonly used: string
  /** The date of what is used; beside a nil, the error with which Redis answered, if any. */
  readonly mark: string
  /** Whether the state must be written even if nothing is charged. */
  readonly stale: string
  readonly keyExpiresAt: string
  /** What the twin keeps of the state from `load` to `save`. */
  readonly rest: string
  /** How long a refused request must wait. */
  readonly pause: string
  /** Another variable of the policy. */
  variable(name: string): string
  readonly load: string
  save(used?: string, rest?: string): string
  /** What is left, and the rest to save it with, after the charge of a refund was given back. */
  readonly giveBack: string
  /** Of the past charge that a refund takes back: its end, and what was counted then. */
  readonly ends: string
  readonly countedThen: string
  /** Whether it is only watched, as 1 or 0; and what it was to charge, while it is set aside because it does not admit. */
  readonly watched: string
  readonly aside: string
  /** The mark of what is charged. Absent: the algorithm has no `dateCharge`. */
  readonly dateCharge: string | undefined
  /** Absent: the algorithm has no `wait`. */
  readonly wait: string | undefined
}

/** Lua has room for 200 locals in a function: so many policies have theirs. */
const mostWithLocals = 6

/** How a script speaks of the policies of its limiter. */
export function policiesLua(policies: readonly Policy[]): PolicyLua[] {
  const hasTables = policies.length > mostWithLocals
  return policies.map((policy, i) => {
    const number = i + 1
    const variable = (name: string): string => (hasTables ? `policy_${number}.${name}` : `${name}_${number}`)
    return policyLua(policy, { number, local: hasTables ? '' : 'local ', variable, twin: twinOf(policy, policies) })
  })
}

/** The tables of policies that have no locals. */
export function tablesLua(policies: readonly PolicyLua[]): string {
  return policies.length > mostWithLocals ? policies.map(({ number }) => `local policy_${number} = {}`).join('\n') : ''
}

/** The number of a policy's twin: that of the first policy which has it. */
export function twinOf({ lua }: Policy, policies: readonly Policy[]): number {
  return policies.findIndex((policy) => policy.lua === lua) + 1
}

interface Naming extends Pick<PolicyLua, 'number' | 'local' | 'variable'> {
  readonly twin: number
}

function policyLua(
  { parameters, dateCharge, wait, counts = false, takesBack }: Policy,
  { twin, ...naming }: Naming,
): PolicyLua {
  const { variable } = naming
  const [key, ceiling, charge] = [variable('key'), variable('ceiling'), variable('charge')]
  const [used, mark, stale] = [variable('used'), variable('mark'), variable('stale')]
  const [keyExpiresAt, rest] = [variable('key_expires_at'), variable('rest')]
  const counted = counts ? variable('counted') : '0'
  const [ends, countedThen] = [variable('ends'), variable('counted_then')]
  const given = [ceiling, ...parameters.map((_, n) => variable(`given_${n + 1}`))]
  const last = given.join(', ')
  return {
    ...naming,
    ...{ key, given, ceiling, charge, used, mark, stale, keyExpiresAt, rest, pause: variable('pause') },
    ...{ most: variable('most'), unit: variable('unit'), counted, counts, ends, countedThen },
    ...{ watched: variable('watched'), aside: variable('aside') },
    onlyLast: takesBack === 'last',
    state: [used, mark, stale, keyExpiresAt, rest, ...(counts ? [counted] : [])].join(', '),
    load: `load_${twin}(${key}, now, ${last})`,
    save: (amount = used, own = rest) =>
      `save_${twin}(${key}, ${amount}, ${mark}, ${keyExpiresAt}, ${own}, ${counted}, ${last})`,
    giveBack: `give_back_${twin}(${key}, now, ${used}, ${mark}, ${rest}, ${counted}, ${charge}, at, ${ends}, ${countedThen}, ${last})`,
    dateCharge: dateCharge && `date_charge_${twin}(${mark}, now, ${last})`,
    wait: wait && `wait_${twin}(${key}, now, ${used}, ${mark}, ${rest}, ${charge}, ${last})`,
  }
}
