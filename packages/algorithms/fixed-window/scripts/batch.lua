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

local time = redis.call('TIME')
local ms = time[2] / 1000
local now = time[1] * 1000 + (ms - ms % 1)
local expiry_option, expiry_command, expiry_base, receipts_last = 'PXAT', 'PEXPIREAT', 0, nil
-- How many bytes the twins have moved to tidy up: past a bound, the rest waits for another script.
local moved = 0

-- fw1
local load_1, save_1, give_back_1
do
  -- A count that holds until its window ends.
  -- stored    struct '<ddd': ends, length, used
  -- given     ceiling; the window in ms; aligned: 1 when windows start at multiples of their length, 0 with the first request
  -- extra     length
  local function end_of(now, length, aligned)
    return aligned == 1 and (math.floor(now / length) + 1) * length or now + length
  end

  local function load(key, now, _, window, aligned)
    local stored = redis.pcall('GET', key)
    if stored == false then
      return 0, end_of(now, window, aligned), false, 0, window
    end
    if #stored ~= 24 then
      return nil, stored
    end
    local stored_end, length, used = struct.unpack('<ddd', stored)
    if not (stored_end >= 1 and stored_end < 2 ^ 53 and stored_end % 1 == 0 and length >= 1 and length <= 2 ^ 50) then
      return nil
    end
    if not (length % 1 == 0 and used >= 1 and used < 2 ^ 53 and used % 1 == 0) then
      return nil
    end
    if stored_end <= now then
      return 0, end_of(now, window, aligned), false, 0, window
    end

    -- A longer window moves the end out, to that of its own window that holds the last ms; a shorter one waits for it.
    local ends, key_expires_at = stored_end, stored_end
    if window > length then
      ends = aligned == 1 and end_of(ends - 1, window, aligned) or ends - length + window
      length, key_expires_at = window, 0
    end
    if ends - now > 2 * length then
      ends = end_of(now, length, aligned)
    end
    return used, ends, ends ~= stored_end, key_expires_at, length
  end

  local function save(_, used, mark, key_expires_at, extra)
    if mark == key_expires_at then
      return struct.pack('<d', used), mark, '16'
    end
    return struct.pack('<ddd', mark, extra, used), mark
  end

  -- Of a charge only while the window runs that counted it.
  local function give_back(_, _, used, mark, extra, _, credits, at, ends)
    if at and ends ~= mark then
      return used, extra
    end
    return math.max(0, used - credits), extra
  end
  load_1, save_1, give_back_1 = load, save, give_back
end

local function put(key, key_expires_at, value, expires, from)
  if not from then
    redis.call('SET', key, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key, from, value)
    if expires ~= key_expires_at then
      redis.call(expiry_command, key, string.format('%d', expires + expiry_base))
    end
  end
end

local answers, n = { time[1], time[2] }, 2
local requests, offset, first_key = ARGV[1], 1, 0
local ceiling_1, given_1_1, given_2_1, patience
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, given_2_1, patience, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, next_offset
end

local mode, deadline, at = 0, 0, nil
local charge_1, most_1, unit_1 = 0, 0, 0
local ends_1, counted_then_1 = 0, 0

local key_1, changed_1, used_1, mark_1, stale_1, key_expires_at_1, rest_1 = nil, false
local failure

while offset <= #requests do
  local next_key_1 = KEYS[first_key + 1]
  if key_1 ~= next_key_1 then
    if changed_1 then
      put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1, given_2_1))
    end
    key_1, changed_1 = next_key_1, false
    used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
    if not used_1 and type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true) then
      failure = mark_1
      break
    end
  end
  -- The number of keys with receipts, and whether this script is the first to give refunds by its id.
  local receipts, fresh = 0, nil

  repeat
    local mode_byte, repeats, more = string.byte(requests, offset, offset + 2)
    offset = offset + 3
    if mode_byte ~= 5 then
      mode = mode_byte
      do
        local half_0, low_0, half_1, low_1, next_offset = struct.unpack('<I7I7I7I7', ARGV[1], offset)
        deadline, charge_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, next_offset
      end
      at = nil
      if mode == 4 then
        do
          local half_0, low_0, half_1, low_1, next_offset = struct.unpack('<I7I7I7I7', ARGV[1], offset)
          most_1, unit_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, next_offset
        end
      elseif mode == 6 then
        do
          local half_0, low_0, half_1, low_1, half_2, low_2, next_offset = struct.unpack('<I7I7I7I7I7I7', ARGV[1], offset)
          at, ends_1, counted_then_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, next_offset
        end
      end
    end

    -- Before a request was made only where the clock was set back since: then its deadline may have passed.
    local late = now > deadline or now < deadline - patience
    if mode == 3 and not late then
      redis.call('DEL', key_1)
      used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
      changed_1, charge_1 = false, 0
    end
    local fault = late and -1
    fault = fault or not used_1 and -2

    local refunds = mode == 2 or mode == 6
    if refunds then
      receipts = 1
    end
    local gives = false
    if refunds and not fault and fresh ~= false then
      gives = gives or charge_1 > 0 and used_1 > 0
    end
    if gives then
      local until_void = math.min(deadline, now + 3600000)
      local keeps = until_void + 1
      local left_1, left_extra_1, value_1, expires_1, from_1 = used_1, rest_1, nil, key_expires_at_1, nil
      if charge_1 > 0 and used_1 > 0 then
        left_1, left_extra_1 = give_back_1(key_1, now, used_1, mark_1, rest_1, 0, charge_1, at, ends_1, counted_then_1, ceiling_1, given_1_1, given_2_1)
      end
      if left_1 > 0 and (left_1 < used_1 or left_extra_1 ~= rest_1) then
        value_1, expires_1, from_1 = save_1(key_1, left_1, mark_1, key_expires_at_1, left_extra_1, 0, ceiling_1, given_1_1, given_2_1)
      end
      keeps = math.max(keeps, expires_1)

      -- A client may send again what lost its reply: an id that is there says that this was given back before. It is kept until
      -- such a request is void, and no shorter than what it was given back from: or a full server would forget the receipt first.
      if fresh == nil then
        local key = KEYS[first_key + 2]
        local id = ARGV[#ARGV] .. string.format(':%d', first_key)
        local added = redis.pcall('ZADD', key, 'NX', string.format('%d', until_void), id)
        if type(added) == 'table' and not string.find(added.err, 'WRONGTYPE', 1, true) then
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

      -- Written at once and read back, because what is left may have another mark.
      if fresh then
        if left_1 > 0 and (left_1 < used_1 or left_extra_1 ~= rest_1) then
          put(key_1, key_expires_at_1, value_1, expires_1, from_1)
        elseif left_1 < used_1 or left_extra_1 ~= rest_1 then
          redis.call('DEL', key_1)
        end
        if left_1 < used_1 or left_extra_1 ~= rest_1 then
          used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
          changed_1 = false
        end
      end
    end
    if refunds then
      charge_1 = 0
    end

    if fault then
      answers[n + 1], answers[n + 2] = -1 - repeats, fault
      n = n + 2
    else
      local charges = mode == 0 or mode == 4 or mode == 7
      local admitted, times, full = charges, 0, repeats > 0
      local found_1, since_1 = used_1, mark_1 - now

      while admitted and times <= repeats do
        admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)

        if admitted then
          times = times + 1
          used_1 = used_1 + charge_1
        end
      end
      if charges then
        if charge_1 > 0 and times > 0 then
          changed_1 = true
          mark_1 = now > mark_1 and now or mark_1
        elseif charge_1 > 0 and stale_1 then
          changed_1 = true
        end
      end
      if mode == 4 and not admitted then
        if math.min(used_1 + charge_1, most_1) > used_1 then
          used_1 = math.min(used_1 + charge_1, most_1)
          mark_1 = now > mark_1 and now or mark_1
          changed_1 = true
        end
        -- From here on it is a cost of 1 that waits.
        charge_1 = unit_1
      end

      if full then
        n = n + 1
        answers[n] = -1 - repeats
      end
      -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
      answers[n + 1], answers[n + 2] = found_1 > 2 ^ 52 and string.format('%d', found_1) or found_1, since_1
      n = n + 2
    end
  until more == 0
  if failure then
    break
  end

  first_key = first_key + 1 + receipts
end

if changed_1 then
  put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1, given_2_1))
end
return failure or answers
