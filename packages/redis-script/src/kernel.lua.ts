/**
 * What runs in Redis around the policies' twins. A script is put together of a clock, the tools, the twins of one limiter's
 * algorithms, and what decides, which is written out for the policies of that limiter: see script.ts.
 */

// Both clocks also begin to count the bytes that twins have moved to tidy up: what can wait for another script is put off.

/** The server's clock. */
export const serverClockLua: string = `
local time = redis.call('TIME')
local ms = time[2] / 1000
local now = time[1] * 1000 + (ms - ms % 1)
local expiry_option, expiry_command, expiry_base, receipts_last = 'PXAT', 'PEXPIREAT', 0, nil
local moved = 0
`

/** An injected clock, told as TIME tells the server's. In real time a key is kept longer, by a grace; receipts for an hour. */
export const injectedClockLua: string = `
local time = { ARGV[2], ARGV[3] }
local ms = time[2] / 1000
local now = time[1] * 1000 + (ms - ms % 1)
local expiry_option, expiry_command, expiry_base, receipts_last = 'PX', 'PEXPIRE', grace - now, 3600000
local moved = 0
`

// Below, what is said of policy i is written out for each policy: the lines under `-- each` (`-- each that waits`: those whose
// algorithm has a `wait`), up to a blank line or the end of their block; and given_i and told_i where they stand, as lists of
// what a policy is given and of what is told. numbers(…) reads numbers that wire.ts spelled, from `place` on, into new locals, and
// numbers_into(…) into those that are there.

/** Decides one consume. */
export const loneLua: string = `
-- KEYS      one for each policy
-- ARGV      numbers: what each policy is given, how long before its deadline a request may have been made, deadline, what each
--           is to charge; then what the clock takes
-- returns   text: the instant as TIME tells it, then -1 when it is void, or -2, -3 … when what the first, second … key holds
--           is foreign, or for each policy: used, mark less now; then for each that can tell, how long to wait
local place = 1
numbers(given_i, patience, deadline, charge_i)
-- Before it was made only where the clock was set back since: then the deadline may have passed.
if now > deadline or now < deadline - patience then
  return time[1] .. ' ' .. time[2] .. ' -1'
end

-- each
local key_i = KEYS[i]
local used_i, mark_i, stale_i, kept_i, rest_i = load_i(key_i, now, given_i)
if not used_i then
  -- An error that is not about the type of the key stops the script.
  local is_error = type(mark_i) == 'table' and not string.find(mark_i.err, 'WRONGTYPE', 1, true)
  return is_error and mark_i or time[1] .. ' ' .. time[2] .. string.format(' %d', -1 - i)
end

local admitted = true
-- each
admitted = admitted and (charge_i == 0 or charge_i <= ceiling_i - used_i)

-- each that waits
local pause_i = 0
if charge_i > ceiling_i - used_i and charge_i > 0 and charge_i <= ceiling_i then
  pause_i = wait_i(key_i, now, used_i, mark_i, rest_i, charge_i, given_i)
end

local answer = time[1] .. ' ' .. time[2] .. string.format('told_i', told_i)
-- each
if charge_i > 0 and (admitted or stale_i) then
  if admitted then
    used_i, mark_i = used_i + charge_i, now > mark_i and now or mark_i
  end
  local value, expires, from = save_i(key_i, used_i, mark_i, kept_i, rest_i, given_i)
  if not from then
    redis.call('SET', key_i, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_i, from, value)
    if expires ~= kept_i then
      redis.call(expiry_command, key_i, string.format('%d', expires + expiry_base))
    end
  end
end

return answer
`

/** Decides any asks, key by key, each seeing those before: a charge for each policy of one limiter, admitted all or none. */
export const batchLua: string = `
-- KEYS      subject by subject: one for each policy, then that of the receipts when there is a refund
-- ARGV      numbers: what each policy is given, how long before its deadline a request may have been made; then runs of equal
--           asks, subject by subject: mode (0 consume, 1 peek, 2 refund, 3 reset), how often it is asked again, whether the
--           subject has more runs, deadline, what each is to charge; mode 4: mode, deadline and charges as in the run before;
--           then what the clock takes; then the id of the refunds, if there are any
-- returns   the instant as TIME tells it, then for each run what one consume tells, before the first: without the waits when it
--           is asked once and need not wait, else after -1 less how often it was asked again
-- Stores a value, or a part of it in place, and until when the key is kept.
local function put(key, kept, value, expires, from)
  if not from then
    redis.call('SET', key, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key, from, value)
    if expires ~= kept then
      redis.call(expiry_command, key, string.format('%d', expires + expiry_base))
    end
  end
end

local answers, n = { time[1], time[2] }, 2
local asks, place, subject = ARGV[1], 1, 0
numbers(given_i, patience)

local mode, deadline = 0, 0
-- each
local charge_i = 0

while place <= #asks do
  -- each
  local key_i = KEYS[subject + i]
  local used_i, mark_i, stale_i, kept_i, rest_i = load_i(key_i, now, given_i)
  local changed_i = false
  -- An error that is not about the type of the key stops the script.
  if not used_i and type(mark_i) == 'table' and not string.find(mark_i.err, 'WRONGTYPE', 1, true) then
    return mark_i
  end
  -- The number of keys with receipts, and whether this script is the first to give refunds by its id.
  local receipts, fresh = 0, nil

  repeat
    local told, again, more = string.byte(asks, place, place + 2)
    place = place + 3
    if told ~= 4 then
      mode = told
      numbers_into(deadline, charge_i)
    end

    local late = now > deadline or now < deadline - patience
    if mode == 3 and not late then
      -- each
      redis.call('DEL', key_i)
      used_i, mark_i, stale_i, kept_i, rest_i = load_i(key_i, now, given_i)
      changed_i, charge_i = false, 0
    end
    if mode == 2 then
      receipts = 1
    end
    local fault = late and -1
    -- each
    fault = fault or not used_i and -1 - i

    local gives = false
    if mode == 2 and not fault and fresh ~= false then
      -- each
      gives = gives or charge_i > 0 and used_i > 0
    end
    if gives then
      local until_void = math.min(deadline, now + 3600000)
      local keeps = until_void + 1
      -- each
      local left_i, value_i, expires_i, from_i = used_i, nil, kept_i, nil
      if charge_i > 0 and used_i > 0 then
        left_i = used_i - charge_i
        value_i, expires_i, from_i = save_i(key_i, left_i > 0 and left_i or used_i, mark_i, kept_i, rest_i, given_i)
        keeps = math.max(keeps, expires_i)
      end

      -- A client may send again what lost its reply: an id that is there says that this was given back before. It is kept until
      -- such a request is void, and no shorter than what it was given back from: or a full server would forget the receipt first.
      if fresh == nil then
        local key = KEYS[subject + width + 1]
        local added = redis.pcall('ZADD', key, 'NX', string.format('%d', until_void), ARGV[#ARGV])
        if type(added) == 'table' and not string.find(added.err, 'WRONGTYPE', 1, true) then
          return added
        end
        fresh = added == 1
        if fresh then
          redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))
          if redis.call('PTTL', key) < (receipts_last or keeps - now) then
            redis.call(expiry_command, key, string.format('%d', receipts_last or keeps))
          end
        end
      end

      -- Written at once and read back, because what is left may have another mark.
      if fresh then
        -- each
        if left_i > 0 and left_i < used_i then
          put(key_i, kept_i, value_i, expires_i, from_i)
        elseif left_i < used_i then
          redis.call('DEL', key_i)
        end
        if left_i < used_i then
          used_i, mark_i, stale_i, kept_i, rest_i = load_i(key_i, now, given_i)
          changed_i = false
        end
      end
    end
    if mode == 2 then
      -- each
      charge_i = 0
    end

    if fault then
      answers[n + 1], answers[n + 2] = -1 - again, fault
      n = n + 2
    else
      local admitted, times, full = mode == 0, 0, again > 0
      -- each
      local found_i, since_i = used_i, mark_i - now

      while admitted and times <= again do
        -- each
        admitted = admitted and (charge_i == 0 or charge_i <= ceiling_i - used_i)

        if admitted then
          times = times + 1
          -- each
          used_i = used_i + charge_i
        end
      end
      if mode == 0 then
        -- each
        if charge_i > 0 and times > 0 then
          changed_i = true
          mark_i = now > mark_i and now or mark_i
        elseif charge_i > 0 and stale_i then
          changed_i = true
        end
      end

      -- each that waits
      local pause_i = 0
      if not admitted and charge_i > ceiling_i - used_i and charge_i > 0 and charge_i <= ceiling_i then
        pause_i = wait_i(key_i, now, used_i, mark_i, rest_i, charge_i, given_i)
        full = full or pause_i > 0
      end

      if full then
        n = n + 1
        answers[n] = -1 - again
      end
      -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
      -- each
      answers[n + 1], answers[n + 2] = found_i > 2 ^ 52 and string.format('%d', found_i) or found_i, since_i
      n = n + 2

      if full then
        -- each that waits
        n = n + 1
        answers[n] = pause_i
      end
    end
  until more == 0

  -- each
  if changed_i then
    put(key_i, kept_i, save_i(key_i, used_i, mark_i, kept_i, rest_i, given_i))
  end

  subject = subject + width + receipts
end

return answers
`
