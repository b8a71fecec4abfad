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

-- tb1
local load_1, save_1, give_back_1
do
  -- A debt that drains at a constant rate.
  -- stored    struct '<dddddd': debt, scale, date, expires_at, key_expires_at, counted
  -- given     ceiling, unit and rate, in credits
  -- extra     expires_at; of an unusual debt a table: expires_at, debt, scale, date, used as it was loaded, after

  -- What is unusual: a debt in other credits, ahead of the clock, or that counts past its stored expiry. A function costs a
  -- thousand instructions each time the script runs, so these are made when they are needed.
  local function unusual()
    -- a * b / c, exact below 2^53, and what remains.
    local function multiply_divide(a, b, c)
      local whole = math.floor(a / c)
      local part = a - whole * c
      local quotient, remainder, bit = 0, 0, 2 ^ 50
      while bit >= 1 do
        quotient = quotient * 2
        if remainder >= c - remainder then
          quotient, remainder = quotient + 1, remainder - (c - remainder)
        else
          remainder = remainder + remainder
        end
        if b >= bit then
          b, quotient = b - bit, quotient + whole
          if remainder >= c - part then
            quotient, remainder = quotient + 1, remainder - (c - part)
          else
            remainder = remainder + part
          end
        end
        bit = bit / 2
      end
      return quotient, remainder
    end

    local function rescale(debt, unit, scale)
      local quotient, remainder = multiply_divide(debt, unit, scale)
      return math.min(quotient + (remainder > 0 and 1 or 0), 2 ^ 53 - 1)
    end

    -- One that passes 2^53: what is left of it after as many ms as the rest takes to drain.
    local function convert(debt, scale, unit, rate)
      local used = rescale(debt, unit, scale)
      if used < 2 ^ 53 - 1 then
        return used, 0
      end
      local whole = math.floor(debt / scale)
      local ms, remainder = multiply_divide(whole, unit, rate)
      local least = remainder + rescale(debt - whole * scale, unit, scale)
      local within = math.floor((2 ^ 53 - 1 - least) / rate)
      return within * rate + least, math.max(0, ms - within)
    end

    local function load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
      local redated = date - now > math.ceil(ceiling / rate)
      if redated then
        -- The expiry moves with the date.
        expires_at, key_expires_at, date = expires_at - (date - now), 0, now
      end
      local used, after = debt, 0
      if scale ~= unit then
        used, after = convert(debt, scale, unit, rate)
      end

      -- No clock reaches 2 ^ 52 + 2 ^ 51.
      local mark = math.min(date + after, 2 ^ 52 + 2 ^ 51)
      if mark <= now then
        used, mark, after = used + (mark - now) * rate, now, 0
      end
      if used <= 0 then
        return 0, now, false, key_expires_at, expires_at, counted
      end

      local ends = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
      local stale = redated or ends > expires_at
      -- Only an expiry that slower options gave it is held on to.
      if ends >= expires_at then
        expires_at = 0
      end
      local is_kept = stale or after > 0
      local extra = is_kept and { expires_at, debt, scale, date, used, after } or expires_at
      return used, mark, stale, key_expires_at, extra, counted
    end

    -- Only charged debts are saved as they were converted: what was stored, in its own credits, is exact.
    local function save_unusual(used, extra, unit)
      return math.min(extra[2] + (used - extra[5]) / unit * extra[3], 2 ^ 53 - 1), extra[3], extra[4]
    end

    return load_unusual, save_unusual
  end

  local function load(key, now, ceiling, unit, rate)
    local stored = redis.pcall('GET', key)
    if stored == false then
      return 0, now, false, 0, 0, 0
    end
    if #stored ~= 48 then
      return nil, stored
    end
    local debt, scale, date, expires_at, key_expires_at, counted = struct.unpack('<dddddd', stored)
    if not (debt >= 0 and debt < 2 ^ 53 and debt % 1 == 0 and scale >= 1 and scale <= 2 ^ 50 and scale % 1 == 0) then
      return nil
    end
    if not (date >= 0 and date < 2 ^ 53 and date % 1 == 0 and expires_at >= date and expires_at < 2 ^ 53) then
      return nil
    end
    if not (expires_at % 1 == 0 and key_expires_at >= expires_at and key_expires_at < 2 ^ 55) then
      return nil
    end
    if not (counted >= -1 and counted < 2 ^ 53 and counted % 1 == 0) then
      return nil
    end
    if expires_at <= now then
      return 0, now, false, 0, 0, 0
    end
    if date > now or scale ~= unit then
      local load_unusual = unusual()
      return load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
    end

    local used = debt + (date - now) * rate
    if used <= 0 then
      return 0, now, false, key_expires_at, expires_at, counted
    end
    if used > (expires_at - now) * rate then
      local load_unusual = unusual()
      return load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
    end
    -- Only an expiry that slower options gave it is held on to.
    return used, now, false, key_expires_at, used > (expires_at - now - 1) * rate and 0 or expires_at, counted
  end

  local function save(_, used, mark, key_expires_at, extra, counted, _, unit, rate)
    local debt, scale, date = used, unit, mark
    local ends = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
    -- A debt keeps the expiry that slower options gave it.
    local expires_at = extra
    if type(extra) == 'table' then
      expires_at = extra[1]
      if used == extra[5] or extra[6] > 0 then
        local _, save_unusual = unusual()
        debt, scale, date = save_unusual(used, extra, unit)
      end
    end
    if expires_at < ends then
      expires_at = ends
    end
    if expires_at <= key_expires_at then
      return struct.pack('<dddddd', debt, scale, date, expires_at, key_expires_at, counted), key_expires_at, '0'
    end
    -- The key lives for twice as long as it needs: mostly, the next charge need not move its expiry.
    key_expires_at = math.max(expires_at, 2 * ends - mark)
    return struct.pack('<dddddd', debt, scale, date, expires_at, key_expires_at, counted), key_expires_at
  end

  -- Of a charge at most the debt that stands less all that was charged since. The debt keeps its expiry.
  local function give_back(_, now, used, mark, extra, counted, credits, at, ends, counted_then, _, unit, rate)
    local since = at and counted - counted_then or 0
    if at and (since < 0 or now >= ends) then
      return used, extra
    end
    local is_whole = type(extra) ~= 'table' or extra[6] == 0
    -- Of a debt that passes 2^53, some is left in any case.
    local given = math.min(credits, used - since * unit, is_whole and used or used - 1)
    if given < used then
      -- A debt in other credits is charged and given back by whole units.
      given = math.floor(given / unit) * unit
    end
    if given <= 0 then
      return used, extra
    end
    local ends_at = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
    if type(extra) == 'table' then
      return used - given, { math.max(extra[1], ends_at), extra[2], extra[3], extra[4], extra[5], extra[6] }
    end
    return used - given, math.max(extra, ends_at)
  end
  load_1, save_1, give_back_1 = load, save, give_back
end

-- fw1
local load_2, save_2, give_back_2
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
  load_2, save_2, give_back_2 = load, save, give_back
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
local ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, given_2_2, patience
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, half_5, low_5, half_6, low_6, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, given_2_2, patience, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, 2 * half_5 + low_5, 2 * half_6 + low_6, next_offset
end

local mode, deadline, at = 0, 0, nil
local charge_1, most_1, unit_1 = 0, 0, 0
local charge_2, most_2, unit_2 = 0, 0, 0
local ends_1, counted_then_1 = 0, 0
local ends_2, counted_then_2 = 0, 0
local watched_1 = 0
local watched_2 = 0

local key_1, changed_1, used_1, mark_1, stale_1, key_expires_at_1, rest_1, counted_1 = nil, false
local key_2, changed_2, used_2, mark_2, stale_2, key_expires_at_2, rest_2 = nil, false
local failure

while offset <= #requests do
  local next_key_1 = KEYS[first_key + 1]
  if key_1 ~= next_key_1 then
    if changed_1 then
      put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, counted_1, ceiling_1, given_1_1, given_2_1))
    end
    key_1, changed_1 = next_key_1, false
    used_1, mark_1, stale_1, key_expires_at_1, rest_1, counted_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
    if not used_1 and type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true) then
      failure = mark_1
      break
    end
  end
  local next_key_2 = KEYS[first_key + 2]
  if key_2 ~= next_key_2 then
    if changed_2 then
      put(key_2, key_expires_at_2, save_2(key_2, used_2, mark_2, key_expires_at_2, rest_2, 0, ceiling_2, given_1_2, given_2_2))
    end
    key_2, changed_2 = next_key_2, false
    used_2, mark_2, stale_2, key_expires_at_2, rest_2 = load_2(key_2, now, ceiling_2, given_1_2, given_2_2)
    if not used_2 and type(mark_2) == 'table' and not string.find(mark_2.err, 'WRONGTYPE', 1, true) then
      failure = mark_2
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
        local half_0, low_0, half_1, low_1, half_2, low_2, next_offset = struct.unpack('<I7I7I7I7I7I7', ARGV[1], offset)
        deadline, charge_1, charge_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, next_offset
      end
      at = nil
      if mode == 4 then
        do
          local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7', ARGV[1], offset)
          most_1, unit_1, most_2, unit_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, next_offset
        end
      elseif mode == 6 then
        do
          local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
          at, ends_1, counted_then_1, ends_2, counted_then_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, next_offset
        end
      elseif mode == 7 then
        do
          local half_0, low_0, half_1, low_1, next_offset = struct.unpack('<I7I7I7I7', ARGV[1], offset)
          watched_1, watched_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, next_offset
        end
      end
    end

    -- Before a request was made only where the clock was set back since: then its deadline may have passed.
    local late = now > deadline or now < deadline - patience
    if mode == 3 and not late then
      redis.call('DEL', key_1)
      used_1, mark_1, stale_1, key_expires_at_1, rest_1, counted_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
      changed_1, charge_1 = false, 0
      redis.call('DEL', key_2)
      used_2, mark_2, stale_2, key_expires_at_2, rest_2 = load_2(key_2, now, ceiling_2, given_1_2, given_2_2)
      changed_2, charge_2 = false, 0
    end
    local fault = late and -1
    fault = fault or not used_1 and -2
    fault = fault or not used_2 and -3

    local refunds = mode == 2 or mode == 6
    if refunds then
      receipts = 1
    end
    local gives = false
    if refunds and not fault and fresh ~= false then
      gives = gives or charge_1 > 0 and used_1 > 0
      gives = gives or charge_2 > 0 and used_2 > 0
    end
    if gives then
      local until_void = math.min(deadline, now + 3600000)
      local keeps = until_void + 1
      local left_1, left_extra_1, value_1, expires_1, from_1 = used_1, rest_1, nil, key_expires_at_1, nil
      if charge_1 > 0 and used_1 > 0 then
        left_1, left_extra_1 = give_back_1(key_1, now, used_1, mark_1, rest_1, counted_1, charge_1, at, ends_1, counted_then_1, ceiling_1, given_1_1, given_2_1)
      end
      if left_1 < used_1 or left_extra_1 ~= rest_1 then
        value_1, expires_1, from_1 = save_1(key_1, left_1, mark_1, key_expires_at_1, left_extra_1, counted_1, ceiling_1, given_1_1, given_2_1)
      end
      keeps = math.max(keeps, expires_1)
      local left_2, left_extra_2, value_2, expires_2, from_2 = used_2, rest_2, nil, key_expires_at_2, nil
      if charge_2 > 0 and used_2 > 0 then
        left_2, left_extra_2 = give_back_2(key_2, now, used_2, mark_2, rest_2, 0, charge_2, at, ends_2, counted_then_2, ceiling_2, given_1_2, given_2_2)
      end
      if left_2 > 0 and (left_2 < used_2 or left_extra_2 ~= rest_2) then
        value_2, expires_2, from_2 = save_2(key_2, left_2, mark_2, key_expires_at_2, left_extra_2, 0, ceiling_2, given_1_2, given_2_2)
      end
      keeps = math.max(keeps, expires_2)

      -- A client may send again what lost its reply: an id that is there says that this was given back before. It is kept until
      -- such a request is void, and no shorter than what it was given back from: or a full server would forget the receipt first.
      if fresh == nil then
        local key = KEYS[first_key + 3]
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
        if left_1 < used_1 or left_extra_1 ~= rest_1 then
          put(key_1, key_expires_at_1, value_1, expires_1, from_1)
        elseif left_1 < used_1 or left_extra_1 ~= rest_1 then
          redis.call('DEL', key_1)
        end
        if left_1 < used_1 or left_extra_1 ~= rest_1 then
          used_1, mark_1, stale_1, key_expires_at_1, rest_1, counted_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
          changed_1 = false
        end
        if left_2 > 0 and (left_2 < used_2 or left_extra_2 ~= rest_2) then
          put(key_2, key_expires_at_2, value_2, expires_2, from_2)
        elseif left_2 < used_2 or left_extra_2 ~= rest_2 then
          redis.call('DEL', key_2)
        end
        if left_2 < used_2 or left_extra_2 ~= rest_2 then
          used_2, mark_2, stale_2, key_expires_at_2, rest_2 = load_2(key_2, now, ceiling_2, given_1_2, given_2_2)
          changed_2 = false
        end
      end
    end
    if refunds then
      charge_1 = 0
      charge_2 = 0
    end

    if fault then
      answers[n + 1], answers[n + 2] = -1 - repeats, fault
      n = n + 2
    else
      local charges = mode == 0 or mode == 4 or mode == 7
      local admitted, times, full = charges, 0, repeats > 0
      local found_1, since_1, counted_before_1 = used_1, mark_1 - now, counted_1
      local found_2, since_2 = used_2, mark_2 - now
      local aside_1 = nil
      local aside_2 = nil
      if mode == 7 then
        if watched_1 == 1 and not (charge_1 == 0 or charge_1 <= ceiling_1 - used_1) then
          aside_1, charge_1 = charge_1, 0
        end
        if watched_2 == 1 and not (charge_2 == 0 or charge_2 <= ceiling_2 - used_2) then
          aside_2, charge_2 = charge_2, 0
        end
      end

      while admitted and times <= repeats do
        admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)
        admitted = admitted and (charge_2 == 0 or charge_2 <= ceiling_2 - used_2)

        if admitted then
          times = times + 1
          used_1 = used_1 + charge_1
          used_2 = used_2 + charge_2
        end
      end
      if mode == 7 then
        charge_1 = aside_1 or charge_1
        charge_2 = aside_2 or charge_2
      end
      if charges then
        if charge_1 > 0 and times > 0 and not aside_1 then
          changed_1 = true
          if counted_1 >= 0 then
            counted_1 = counted_1 + times * charge_1 / given_1_1
            if counted_1 >= 2 ^ 53 then
              counted_1 = -1
            end
          end
          mark_1 = now > mark_1 and now or mark_1
        elseif charge_1 > 0 and stale_1 then
          changed_1 = true
        end
        if charge_2 > 0 and times > 0 and not aside_2 then
          changed_2 = true
          mark_2 = now > mark_2 and now or mark_2
        elseif charge_2 > 0 and stale_2 then
          changed_2 = true
        end
      end
      if mode == 4 and not admitted then
        if math.min(used_1 + charge_1, most_1) > used_1 then
          used_1 = math.min(used_1 + charge_1, most_1)
          if counted_1 >= 0 then
            counted_1 = counted_1 + math.ceil(charge_1 / given_1_1)
            if counted_1 >= 2 ^ 53 then
              counted_1 = -1
            end
          end
          mark_1 = now > mark_1 and now or mark_1
          changed_1 = true
        end
        if math.min(used_2 + charge_2, most_2) > used_2 then
          used_2 = math.min(used_2 + charge_2, most_2)
          mark_2 = now > mark_2 and now or mark_2
          changed_2 = true
        end
        -- From here on it is a cost of 1 that waits.
        charge_1 = unit_1
        charge_2 = unit_2
      end

      if full then
        n = n + 1
        answers[n] = -1 - repeats
      end
      -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
      answers[n + 1], answers[n + 2] = found_1 > 2 ^ 52 and string.format('%d', found_1) or found_1, since_1
      n = n + 2
      answers[n + 1], answers[n + 2] = found_2 > 2 ^ 52 and string.format('%d', found_2) or found_2, since_2
      n = n + 2
      n = n + 1
      answers[n] = counted_before_1 > 2 ^ 52 and string.format('%d', counted_before_1) or counted_before_1
    end
  until more == 0
  if failure then
    break
  end

  first_key = first_key + 2 + receipts
end

if changed_1 then
  put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, counted_1, ceiling_1, given_1_1, given_2_1))
end
if changed_2 then
  put(key_2, key_expires_at_2, save_2(key_2, used_2, mark_2, key_expires_at_2, rest_2, 0, ceiling_2, given_1_2, given_2_2))
end
return failure or answers
