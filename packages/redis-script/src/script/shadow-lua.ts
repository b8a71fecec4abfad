import { fits } from './decide-lua.ts'
import { each, lua } from './lua.ts'
import { readNumbersLua } from './numbers-lua.ts'
import type { PolicyLua } from './policy-lua.ts'

// Policies that are only watched (mode 7). Of a single policy no script must know: what it refuses, the limiter reads otherwise.

/** Declares which policies are only watched. */
export function declareShadowLua(policies: readonly PolicyLua[]): string {
  return policies.length === 1 ? '' : each(policies, ({ local, watched }) => `${local}${watched} = 0`)
}

/** A branch of the statement that reads what one mode is given beside the others. */
export function readShadowLua(policies: readonly PolicyLua[]): string {
  if (policies.length === 1) return ''
  return lua`
    elseif mode == 7 then
      ${readNumbersLua(policies.map(({ watched }) => watched))}
  `
}

/** A policy that is only watched, and does not admit, is asked for nothing while the others decide. */
export function setAsideLua(policies: readonly PolicyLua[]): string {
  if (policies.length === 1) return ''
  const setAside = (policy: PolicyLua): string => lua`
    if ${policy.watched} == 1 and not ${fits(policy)} then
      ${policy.aside}, ${policy.charge} = ${policy.charge}, 0
    end
  `
  return lua`
    ${each(policies, ({ local, aside }) => `${local}${aside} = nil`)}
    if mode == 7 then
      ${each(policies, setAside)}
    end
  `
}

/** Asks it for its charge again. */
export function putBackLua(policies: readonly PolicyLua[]): string {
  if (policies.length === 1) return ''
  return lua`
    if mode == 7 then
      ${each(policies, ({ charge, aside }) => `${charge} = ${aside} or ${charge}`)}
    end
  `
}
