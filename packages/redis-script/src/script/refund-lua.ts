import { isError } from './decide-lua.ts'
import { each, lua } from './lua.ts'
import type { PolicyLua } from './policy-lua.ts'

/** Gives back what a run of the batch script refunds, unless an earlier script gave it back by the same id. */
export function refundLua(policies: readonly PolicyLua[]): string {
  return lua`
    local refunds = mode == 2 or mode == 6
    if refunds then
      receipts = 1
    end
    local gives = false
    if refunds and not fault and fresh ~= false then
      ${each(policies, (policy) => `gives = gives or ${isGiven(policy)}`)}
    end
    if gives then
      local until_void = math.min(deadline, now + 3600000)
      local keeps = until_void + 1
      ${each(policies, giveBack)}

      ${addReceipt(policies.length)}

      -- Written at once and read back, because what is left may have another mark.
      if fresh then
        ${each(policies, writeLeft)}
      end
    end
    if refunds then
      ${each(policies, ({ charge }) => `${charge} = 0`)}
    end
  `
}

function isGiven({ charge, used, onlyLast, counted, countedThen }: PolicyLua): string {
  const isLast = onlyLast ? ` and (not at or ${counted} == ${countedThen})` : ''
  return `${charge} > 0 and ${used} > 0${isLast}`
}

/** The variables of what is left, and of what is to be written. */
function leftLua({ variable }: PolicyLua) {
  return {
    left: variable('left'),
    extra: variable('left_extra'),
    value: variable('value'),
    expires: variable('expires'),
    from: variable('from'),
  }
}

function giveBack(policy: PolicyLua): string {
  const { local, used, rest, keyExpiresAt } = policy
  const { left, extra, value, expires, from } = leftLua(policy)
  return lua`
    ${local}${left}, ${extra}, ${value}, ${expires}, ${from} = ${used}, ${rest}, nil, ${keyExpiresAt}, nil
    if ${isGiven(policy)} then
      ${left}, ${extra} = ${policy.giveBack}
    end
    if ${isKept(policy)} then
      ${value}, ${expires}, ${from} = ${policy.save(left, extra)}
    end
    keeps = math.max(keeps, ${expires})
  `
}

/** Whether something was given back, and the state stays. */
function isKept(policy: PolicyLua): string {
  return policy.counts ? isLess(policy) : `${leftLua(policy).left} > 0 and (${isLess(policy)})`
}

/** Whether something was given back: `used` may be rounded, and stay the same. */
function isLess(policy: PolicyLua): string {
  const { left, extra } = leftLua(policy)
  return `${left} < ${policy.used} or ${extra} ~= ${policy.rest}`
}

function addReceipt(width: number): string {
  return lua`
    -- A client may send again what lost its reply: an id that is there says that this was given back before. It is kept until
    -- such a request is void, and no shorter than what it was given back from: or a full server would forget the receipt first.
    if fresh == nil then
      local key = KEYS[first_key + ${width + 1}]
      local id = ARGV[#ARGV] .. string.format(':%d', first_key)
      local added = redis.pcall('ZADD', key, 'NX', string.format('%d', until_void), id)
      if ${isError('added')} then
        failure = added
        break
      end
      fresh = added == 1
      if fresh then
        redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))
        if redis.call('PTTL', key) < (receipts_last or keeps - now) then
          redis.call(expiry_command, key, string.format('%d', receipts_last or keeps))
        end
      end
    end
  `
}

function writeLeft(policy: PolicyLua): string {
  const { key, keyExpiresAt, state, load, variable } = policy
  const { value, expires, from } = leftLua(policy)
  return lua`
    if ${isKept(policy)} then
      put(${key}, ${keyExpiresAt}, ${value}, ${expires}, ${from})
    elseif ${isLess(policy)} then
      redis.call('DEL', ${key})
    end
    if ${isLess(policy)} then
      ${state} = ${load}
      ${variable('changed')} = false
    end
  `
}
