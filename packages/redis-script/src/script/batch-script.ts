import { addCharge, count, dateCharge, fits, fitsLater, isError, isVoid, overcharge, write } from './decide-lua.ts'
import { each, lua } from './lua.ts'
import { declareLua, readNumbersLua } from './numbers-lua.ts'
import { type PolicyLua, tablesLua } from './policy-lua.ts'
import { refundLua } from './refund-lua.ts'
import { declareShadowLua, putBackLua, readShadowLua, setAsideLua } from './shadow-lua.ts'

/** What the script for any requests is given and returns. */
export const batchHeader: string = lua`
  -- Decides any requests, key group by key group, each seeing those before: charges all policies of one limiter, or none.
  -- Numbers of ARGV are 14 bytes each, which spell-number.ts describes.
  -- KEYS      key group by key group: one for each policy, then that of the receipts when there is a refund
  -- ARGV      numbers: what each policy is given, patience (how long before its deadline a request may have been made); then runs of
  --           equal requests, key group by key group: mode (0 consume, 1 peek, 2 refund, 3 reset, 4 charge), how often it is repeated,
  --           whether the key group has more runs, deadline, what each policy is to charge; then of a charge for each policy: the
  --           most that it may come to, what a cost of 1 adds; of a consume where some policies are only watched (mode 7) for each policy 1
  --           if it is, else 0; of a refund of a past charge (mode 6) its date, and for each policy its end and what
  --           was counted then; mode 5: mode, deadline and charges as in the run before; with an injected clock, then its seconds and microseconds; then the id of the refunds, if there are any
  -- returns   seconds and microseconds of the instant, then for each run what its first request finds, as the script for one consume
  --           returns it: in brief, without the waits, when it is not repeated and need not wait, else after -1 less its repeats
`

/** Decides any requests. */
export function batchScript(policies: readonly PolicyLua[]): string {
  const given = [...policies.flatMap((policy) => policy.given), 'patience']
  return lua`
    local function put(key, key_expires_at, value, expires, from)
      ${write('key', 'key_expires_at')}
    end

    ${tablesLua(policies)}
    local answers, n = { time[1], time[2] }, 2
    local requests, offset, first_key = ARGV[1], 1, 0
    ${declareLua(given)}
    ${readNumbersLua(given)}

    local mode, deadline, at = 0, 0, nil
    ${each(policies, ({ local, charge, most, unit }) => `${local}${charge}, ${most}, ${unit} = 0, 0, 0`)}
    ${each(policies, ({ local, ends, countedThen }) => `${local}${ends}, ${countedThen} = 0, 0`)}
    ${declareShadowLua(policies)}

    ${each(policies, declare)}
    local failure

    while offset <= #requests do
      ${each(policies, load)}
      -- The number of keys with receipts, and whether this script is the first to give refunds by its id.
      local receipts, fresh = 0, nil

      repeat
        ${decideRun(policies)}
      until more == 0
      if failure then
        break
      end

      first_key = first_key + ${policies.length} + receipts
    end

    ${each(policies, writeChanged)}
    return failure or answers
  `
}

function declare({ local, key, state, variable }: PolicyLua): string {
  return `${local}${key}, ${variable('changed')}, ${state} = nil, false`
}

/** Loads the state of a policy, unless it is that of the key group before, where a limiter's policies have keys of their own. */
function load(policy: PolicyLua): string {
  const { number, local, key, state, load, used, mark, variable } = policy
  const nextKey = variable('next_key')
  return lua`
    ${local}${nextKey} = KEYS[first_key + ${number}]
    if ${key} ~= ${nextKey} then
      ${writeChanged(policy)}
      ${key}, ${variable('changed')} = ${nextKey}, false
      ${state} = ${load}
      if not ${used} and ${isError(mark)} then
        failure = ${mark}
        break
      end
    end
  `
}

function writeChanged({ key, keyExpiresAt, save, variable }: PolicyLua): string {
  return lua`
    if ${variable('changed')} then
      put(${key}, ${keyExpiresAt}, ${save()})
    end
  `
}

function decideRun(policies: readonly PolicyLua[]): string {
  return lua`
    local mode_byte, repeats, more = string.byte(requests, offset, offset + 2)
    offset = offset + 3
    if mode_byte ~= 5 then
      mode = mode_byte
      ${readNumbersLua(['deadline', ...policies.map(({ charge }) => charge)])}
      at = nil
      if mode == 4 then
        ${readNumbersLua(policies.flatMap(({ most, unit }) => [most, unit]))}
      elseif mode == 6 then
        ${readNumbersLua(['at', ...policies.flatMap(({ ends, countedThen }) => [ends, countedThen])])}
      ${readShadowLua(policies)}
      end
    end

    -- Before a request was made only where the clock was set back since: then its deadline may have passed.
    local late = ${isVoid}
    if mode == 3 and not late then
      ${each(policies, reset)}
    end
    local fault = late and -1
    ${each(policies, ({ used, number }) => `fault = fault or not ${used} and ${-1 - number}`)}

    ${refundLua(policies)}

    if fault then
      answers[n + 1], answers[n + 2] = -1 - repeats, fault
      n = n + 2
    else
      ${consume(policies)}

      ${answer(policies)}
    end
  `
}

function reset({ key, state, load, charge, variable }: PolicyLua): string {
  return lua`
    redis.call('DEL', ${key})
    ${state} = ${load}
    ${variable('changed')}, ${charge} = false, 0
  `
}

/** Charges as many of a run as are admitted. */
function consume(policies: readonly PolicyLua[]): string {
  return lua`
    local charges = mode == 0 or mode == 4 or mode == 7
    local admitted, times, full = charges, 0, repeats > 0
    ${each(policies, remember)}
    ${setAsideLua(policies)}

    while admitted and times <= repeats do
      ${each(policies, (policy) => `admitted = admitted and ${fits(policy)}`)}

      if admitted then
        times = times + 1
        ${each(policies, addCharge)}
      end
    end
    ${putBackLua(policies)}
    if charges then
      ${each(policies, (policy) => change(policy, policies.length > 1))}
    end
    if mode == 4 and not admitted then
      ${each(policies, overcharge)}
      -- From here on it is a cost of 1 that waits.
      ${each(policies, ({ charge, unit }) => `${charge} = ${unit}`)}
    end
  `
}

function remember({ local, used, mark, counts, counted, variable }: PolicyLua): string {
  const [found, since] = [variable('found'), variable('since')]
  if (!counts) return `${local}${found}, ${since} = ${used}, ${mark} - now`
  return `${local}${found}, ${since}, ${variable('counted_before')} = ${used}, ${mark} - now, ${counted}`
}

function change(policy: PolicyLua, mayBeAside: boolean): string {
  return lua`
    if ${policy.charge} > 0 and times > 0${mayBeAside ? ` and not ${policy.aside}` : ''} then
      ${policy.variable('changed')} = true
      ${count(policy, `times * ${policy.charge} / ${policy.given[1]}`)}
      ${dateCharge(policy)}
    elseif ${policy.charge} > 0 and ${policy.stale} then
      ${policy.variable('changed')} = true
    end
  `
}

function answer(policies: readonly PolicyLua[]): string {
  const waiting = policies.filter(({ wait }) => wait !== undefined)
  return lua`
    ${each(waiting, (policy) => wait(policy, policies.length > 1))}

    if full then
      n = n + 1
      answers[n] = -1 - repeats
    end
    -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
    ${each(policies, answerState)}
    ${each(
      policies.filter(({ counts }) => counts),
      answerCount,
    )}

    ${waiting.length === 0 ? '' : answerWaits(waiting)}
  `
}

function wait(policy: PolicyLua, mayBeAside: boolean): string {
  return lua`
    ${policy.local}${policy.pause} = 0
    if ${mayBeAside ? `(not admitted or ${policy.aside})` : 'not admitted'} and ${fitsLater(policy)} then
      ${policy.pause} = ${policy.wait ?? 0}
      full = full or ${policy.pause} > 0
    end
  `
}

function answerState({ variable }: PolicyLua): string {
  const [found, since] = [variable('found'), variable('since')]
  return lua`
    answers[n + 1], answers[n + 2] = ${found} > 2 ^ 52 and string.format('%d', ${found}) or ${found}, ${since}
    n = n + 2
  `
}

function answerCount({ variable }: PolicyLua): string {
  const before = variable('counted_before')
  return `n = n + 1\nanswers[n] = ${before} > 2 ^ 52 and string.format('%d', ${before}) or ${before}`
}

function answerWaits(waiting: readonly PolicyLua[]): string {
  return lua`
    if full then
      ${each(waiting, ({ pause }) => `n = n + 1\nanswers[n] = ${pause}`)}
    end
  `
}
