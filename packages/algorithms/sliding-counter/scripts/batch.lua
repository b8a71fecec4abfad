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

-- sc1
local load_1, save_1, date_charge_1, wait_1, give_back_1
do
  -- The counts of two windows, one after the other.
  -- stored    struct '<dddddd': end and length of the window that counted last, length and count of the one before it, expires_at,
  --           count of the window that counted last
  -- given     ceiling; the window in ms
  -- extra     end and length of the running window; of the one before it length, count, and the share that is used; expires_at where a
  --           longer window gave it; whether at most the last of the stored numbers has changed; length and count of the window that is
  --           stored with the one before, while nothing is counted in the running one: a longer window may still count it

  -- The product may pass 2^53.
  local function share_of(count, left, length)
    if count * left < 2 ^ 53 then
      return math.ceil(count * left / length)
    end
    local whole = math.floor(count / length)
    local part, quotient, remainder = count - whole * length, 0, 0
    -- Two binary digits of left at a time: lengths are at most 2^50, so no sum passes 2^53.
    for exponent = 50, 0, -2 do
      local sum = 4 * remainder + math.floor(left / 2 ^ exponent) % 4 * part
      quotient, remainder = 4 * quotient + math.floor(sum / length), sum % length
    end
    return whole * left + quotient + (remainder > 0 and 1 or 0)
  end

  local function left_at(room, count, length)
    -- Rounding makes it a quarter of a ms too many or too few at most, and so a whole ms more or less.
    local near = math.floor(room / count * length)
    if share_of(count, near + 1, length) <= room then
      return near + 1
    end
    return share_of(count, near, length) <= room and near or near - 1
  end

  local function clear(now, expires_at, window)
    local ends = (math.floor(now / window) + 1) * window
    return 0, ends, false, expires_at, { ends, window, window, 0, 0, expires_at, false, window, 0 }
  end

  local function load(key, now, _, window)
    local stored = redis.pcall('GET', key)
    if stored == false then
      return clear(now, 0, window)
    end
    if #stored ~= 48 then
      return nil, stored
    end
    local ends, length, previous_length, previous, expires_at, count = struct.unpack('<dddddd', stored)
    if not (ends >= 0 and ends <= 2 ^ 52 + 2 ^ 51 and ends % 1 == 0 and length >= 1 and length <= 2 ^ 50 and length % 1 == 0) then
      return nil
    end
    if not (previous >= 0 and previous < 2 ^ 53 and previous % 1 == 0 and count >= 1 and count < 2 ^ 53 and count % 1 == 0) then
      return nil
    end
    if not (previous_length >= 1 and previous_length <= 2 ^ 50 and previous_length % 1 == 0) then
      return nil
    end
    if not (expires_at > ends and expires_at < 2 ^ 53 and expires_at % 1 == 0) then
      return nil
    end
    if expires_at <= now then
      return clear(now, 0, window)
    end

    local key_expires_at, is_same, older_length, older = expires_at, true, window, 0
    -- A longer window starts where the shorter one did; a shorter one waits for its end.
    if window > length then
      ends, length, is_same = ends + window - length, window, false
    end
    local redated = ends - now > 2 * length
    if redated then
      -- The expiry moves with the dates.
      expires_at, key_expires_at = expires_at - (ends - length - now), 0
      ends, is_same = now + length, false
    end
    if ends <= now then
      older_length, older, previous_length, previous, count = previous_length, previous, length, count, 0
      length, ends, is_same = window, ends + window, false
    end
    if ends <= now then
      -- A longer window still counts what is stored.
      return clear(now, expires_at, window)
    end

    local share = math.min(share_of(previous, math.min(length, ends - now), length), 2 ^ 53 - 1 - count)
    local mark = count > 0 and ends + window or ends
    -- Only an expiry that a longer window gave it is held on to.
    local held = mark < expires_at and expires_at or 0
    local extra = { ends, length, previous_length, previous, share, held, is_same, older_length, older }
    return count + share, mark, redated or mark > expires_at, key_expires_at, extra
  end

  local function save(_, used, _, key_expires_at, extra, _, _, window)
    local ends, length, previous_length, previous, share = extra[1], extra[2], extra[3], extra[4], extra[5]
    if used > share then
      local expires_at = math.max(extra[6], ends + window)
      if extra[7] and expires_at == key_expires_at then
        return struct.pack('<d', used - share), expires_at, '40'
      end
      return struct.pack('<dddddd', ends, length, previous_length, previous, expires_at, used - share), expires_at
    end
    -- The running window has counted nothing: the one before it counted last.
    local start = ends - length
    local expires_at = math.max(extra[6], start - previous_length + math.max(previous_length, window) + window)
    return struct.pack('<dddddd', start, previous_length, extra[8], extra[9], expires_at, previous), expires_at
  end

  local function date_charge(mark, now, _, window)
    return mark - now > window and mark or mark + window
  end

  local function wait(_, now, used, _, extra, charge, limit, window)
    local ends, length, previous, share = extra[1], extra[2], extra[4], extra[5]
    local room, count = limit - charge, used - share
    if count <= room then
      return ends - now - left_at(room - count, previous, length)
    end
    -- What the running window has counted gets less only after its end.
    return ends + window - now - left_at(room, count, window)
  end

  -- defined outside: share_of
  -- A charge is taken back from the count of the window that it was made in, while that counts. Otherwise the newest goes first.
  local function give_back(_, now, used, _, extra, _, credits, at, charge_ends)
    local ends, length, previous_length, previous, share = extra[1], extra[2], extra[3], extra[4], extra[5]
    local start = ends - length
    local is_own = not at or at >= start
    local is_previous = not at or not is_own and at >= start - previous_length
    local count = used - share
    local from_own = is_own and math.min(credits, count) or 0
    local from_previous = is_previous and math.min(credits - from_own, previous) or 0
    -- Of the window before all goes, where as much is given back as is used: its count may be more than its share.
    if not at and credits >= used then
      from_previous = previous
    end
    if from_own + from_previous == 0 or at and now >= charge_ends then
      return used, extra
    end
    -- A state that a longer window still counts in other ways is not forgotten.
    if at and extra[6] > 0 and count == from_own and previous == from_previous then
      return used, extra
    end

    count, previous = count - from_own, previous - from_previous
    share = math.min(share_of(previous, math.min(length, ends - now), length), 2 ^ 53 - 1 - count)
    return count + share, { ends, length, previous_length, previous, share, extra[6], false, extra[8], extra[9] }
  end
  load_1, save_1, date_charge_1, wait_1, give_back_1 = load, save, date_charge, wait, give_back
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
local ceiling_1, given_1_1, patience
do
  local half_0, low_0, half_1, low_1, half_2, low_2, next_offset = struct.unpack('<I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, patience, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, next_offset
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
      put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1))
    end
    key_1, changed_1 = next_key_1, false
    used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
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
      used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
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
        left_1, left_extra_1 = give_back_1(key_1, now, used_1, mark_1, rest_1, 0, charge_1, at, ends_1, counted_then_1, ceiling_1, given_1_1)
      end
      if left_1 > 0 and (left_1 < used_1 or left_extra_1 ~= rest_1) then
        value_1, expires_1, from_1 = save_1(key_1, left_1, mark_1, key_expires_at_1, left_extra_1, 0, ceiling_1, given_1_1)
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
          used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
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
          mark_1 = date_charge_1(mark_1, now, ceiling_1, given_1_1)
        elseif charge_1 > 0 and stale_1 then
          changed_1 = true
        end
      end
      if mode == 4 and not admitted then
        if math.min(used_1 + charge_1, most_1) > used_1 then
          used_1 = math.min(used_1 + charge_1, most_1)
          mark_1 = date_charge_1(mark_1, now, ceiling_1, given_1_1)
          changed_1 = true
        end
        -- From here on it is a cost of 1 that waits.
        charge_1 = unit_1
      end

      local pause_1 = 0
      if not admitted and charge_1 > ceiling_1 - used_1 and charge_1 > 0 and charge_1 <= ceiling_1 then
        pause_1 = wait_1(key_1, now, used_1, mark_1, rest_1, charge_1, ceiling_1, given_1_1)
        full = full or pause_1 > 0
      end

      if full then
        n = n + 1
        answers[n] = -1 - repeats
      end
      -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
      answers[n + 1], answers[n + 2] = found_1 > 2 ^ 52 and string.format('%d', found_1) or found_1, since_1
      n = n + 2

      if full then
        n = n + 1
        answers[n] = pause_1
      end
    end
  until more == 0
  if failure then
    break
  end

  first_key = first_key + 1 + receipts
end

if changed_1 then
  put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1))
end
return failure or answers
