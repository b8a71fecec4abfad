import { addCharge, count, dateCharge, fits, fitsLater, isError, isVoid, write } from './decide-lua.ts'
import { each, lua } from './lua.ts'
import { declareLua, readNumbersLua } from './numbers-lua.ts'
import { type PolicyLua, tablesLua } from './policy-lua.ts'

/** What the script for one consume is given and returns. */
export const loneHeader: string = lua`
  -- Decides one consume.
  -- Numbers of ARGV are 14 bytes each, which spell-number.ts describes.
  -- KEYS      one for each policy
  -- ARGV      numbers: what each policy is given, patience (how long before its deadline a request may have been made), deadline,
  --           what each policy is to charge; with an injected clock, then its seconds and microseconds
  -- returns   text: seconds and microseconds of the instant, then -1 when the request is void, or -2, -3 … when the first, second …
  --           key holds foreign data, or for each policy: used, mark less now; then for each that counts: counted; then for each that has a wait: how long to wait
`

/** Decides one consume. */
export function loneScript(policies: readonly PolicyLua[]): string {
  const variables = [
    ...policies.flatMap(({ given }) => given),
    'patience',
    'deadline',
    ...policies.map(({ charge }) => charge),
  ]
  return lua`
    ${tablesLua(policies)}
    local offset = 1
    ${declareLua(variables)}
    ${readNumbersLua(variables)}
    -- Before a request was made only where the clock was set back since: then its deadline may have passed.
    if ${isVoid} then
      return time[1] .. ' ' .. time[2] .. ' -1'
    end

    ${each(policies, load)}

    local admitted = true
    ${each(policies, (policy) => `admitted = admitted and ${fits(policy)}`)}

    ${each(waiting(policies), wait)}

    ${answer(policies)}
    ${each(policies, charge)}

    return answer
  `
}

function load({ number, local, key, state, load, used, mark }: PolicyLua): string {
  return lua`
    ${local}${key} = KEYS[${number}]
    ${local}${state} = ${load}
    if not ${used} then
      local is_error = ${isError(mark)}
      return is_error and ${mark} or time[1] .. ' ' .. time[2] .. ' ${-1 - number}'
    end
  `
}

function waiting(policies: readonly PolicyLua[]): PolicyLua[] {
  return policies.filter(({ wait }) => wait !== undefined)
}

function wait(policy: PolicyLua): string {
  return lua`
    ${policy.local}${policy.pause} = 0
    if ${fitsLater(policy)} then
      ${policy.pause} = ${policy.wait ?? 0}
    end
  `
}

/** Before anything is charged. */
function answer(policies: readonly PolicyLua[]): string {
  const numbers = [
    ...policies.flatMap(({ used, mark }) => [used, `${mark} - now`]),
    ...policies.flatMap(({ counts, counted }) => (counts ? [counted] : [])),
    ...waiting(policies).map(({ pause }) => pause),
  ]
  const format = numbers.map(() => ' %d').join('')
  return `local answer = time[1] .. ' ' .. time[2] .. string.format('${format}', ${numbers.join(', ')})`
}

function charge(policy: PolicyLua): string {
  return lua`
    if ${policy.charge} > 0 and (admitted or ${policy.stale}) then
      if admitted then
        ${addCharge(policy)}
        ${count(policy)}
        ${dateCharge(policy)}
      end
      local value, expires, from = ${policy.save()}
      ${write(policy.key, policy.keyExpiresAt)}
    end
  `
}
