import { lua } from './lua.ts'
import type { PolicyLua } from './policy-lua.ts'

// The rule: check, charge, write. Both scripts are made of these pieces.

/** Whether a request is void: after its deadline, or before it was made. There the clock was set back, and the deadline may have passed. */
export const isVoid: string = 'now > deadline or now < deadline - patience'

/** Whether a policy admits its charge; core's `fits` is the same comparison. */
export function fits({ charge, ceiling, used }: PolicyLua): string {
  return `(${charge} == 0 or ${charge} <= ${ceiling} - ${used})`
}

/** Whether a charge does not fit now, but will. */
export function fitsLater({ charge, ceiling, used }: PolicyLua): string {
  return `${charge} > ${ceiling} - ${used} and ${charge} > 0 and ${charge} <= ${ceiling}`
}

/** Charges a policy. Afterwards the state is dated, once however often it was charged. */
export function addCharge({ used, charge }: PolicyLua): string {
  return `${used} = ${used} + ${charge}`
}

/** Counts so many units, those of one charge where none are named; past 2^53 - 1 nobody knows, which is -1: core's `countedWith` is the same. */
export function count({ counts, counted, charge, given }: PolicyLua, units = `${charge} / ${given[1]}`): string {
  if (!counts) return ''
  return lua`
    if ${counted} >= 0 then
      ${counted} = ${counted} + ${units}
      if ${counted} >= 2 ^ 53 then
        ${counted} = -1
      end
    end
  `
}

/** Charges a policy what was not admitted, up to the most; core's `overcharge` is the same. */
export function overcharge(policy: PolicyLua): string {
  const { used, charge, most } = policy
  return lua`
    if math.min(${used} + ${charge}, ${most}) > ${used} then
      ${used} = math.min(${used} + ${charge}, ${most})
      ${count(policy, `math.ceil(${charge} / ${policy.given[1]})`)}
      ${dateCharge(policy)}
      ${policy.variable('changed')} = true
    end
  `
}

/** Dates what was charged: as the policy says, or now, or later where the clock was set back; core's `charge` does the same. */
export function dateCharge({ mark, dateCharge }: PolicyLua): string {
  return `${mark} = ${dateCharge ?? `now > ${mark} and now or ${mark}`}`
}

/** Writes what `save` returned: a whole value, or a part of it in place, and until when the key is kept. */
export function write(key: string, keyExpiresAt: string): string {
  return lua`
    if not from then
      redis.call('SET', ${key}, value, expiry_option, string.format('%d', expires + expiry_base))
    else
      redis.call('SETRANGE', ${key}, from, value)
      if expires ~= ${keyExpiresAt} then
        redis.call(expiry_command, ${key}, string.format('%d', expires + expiry_base))
      end
    end
  `
}

/** Whether Redis answered with an error that is not about the type of the key. Such an error stops the script. */
export function isError(reply: string): string {
  return `type(${reply}) == 'table' and not string.find(${reply}.err, 'WRONGTYPE', 1, true)`
}
