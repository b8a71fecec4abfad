-- Decides one consume.
-- Numbers of ARGV are 14 bytes each, which spell-number.ts describes.
-- KEYS      one for each policy
-- ARGV      numbers: what each policy is given, patience (how long before its deadline a request may have been made), deadline,
--           what each policy is to charge; with an injected clock, then its seconds and microseconds
-- returns   text: seconds and microseconds of the instant, then -1 when the request is void, or -2, -3 … when the first, second …
--           key holds foreign data, or for each policy: used, mark less now; then for each that counts: counted; then for each that has a wait: how long to wait

local time = redis.call('TIME')
local ms = time[2] / 1000
local now = time[1] * 1000 + (ms - ms % 1)
local expiry_option, expiry_command, expiry_base, receipts_last = 'PXAT', 'PEXPIREAT', 0, nil
-- How many bytes the twins have moved to tidy up: past a bound, the rest waits for another script.
local moved = 0

-- tb1
local load_1, save_1
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

  load_1, save_1 = load, save
end

-- fw1
local load_2, save_2
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

  load_2, save_2 = load, save
end

local offset = 1
local ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, given_2_2, patience, deadline, charge_1, charge_2
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, half_5, low_5, half_6, low_6, half_7, low_7, half_8, low_8, half_9, low_9, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, given_2_2, patience, deadline, charge_1, charge_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, 2 * half_5 + low_5, 2 * half_6 + low_6, 2 * half_7 + low_7, 2 * half_8 + low_8, 2 * half_9 + low_9, next_offset
end
-- Before a request was made only where the clock was set back since: then its deadline may have passed.
if now > deadline or now < deadline - patience then
  return time[1] .. ' ' .. time[2] .. ' -1'
end

local key_1 = KEYS[1]
local used_1, mark_1, stale_1, key_expires_at_1, rest_1, counted_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
if not used_1 then
  local is_error = type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true)
  return is_error and mark_1 or time[1] .. ' ' .. time[2] .. ' -2'
end
local key_2 = KEYS[2]
local used_2, mark_2, stale_2, key_expires_at_2, rest_2 = load_2(key_2, now, ceiling_2, given_1_2, given_2_2)
if not used_2 then
  local is_error = type(mark_2) == 'table' and not string.find(mark_2.err, 'WRONGTYPE', 1, true)
  return is_error and mark_2 or time[1] .. ' ' .. time[2] .. ' -3'
end

local admitted = true
admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)
admitted = admitted and (charge_2 == 0 or charge_2 <= ceiling_2 - used_2)

local answer = time[1] .. ' ' .. time[2] .. string.format(' %d %d %d %d %d', used_1, mark_1 - now, used_2, mark_2 - now, counted_1)
if charge_1 > 0 and (admitted or stale_1) then
  if admitted then
    used_1 = used_1 + charge_1
    if counted_1 >= 0 then
      counted_1 = counted_1 + charge_1 / given_1_1
      if counted_1 >= 2 ^ 53 then
        counted_1 = -1
      end
    end
    mark_1 = now > mark_1 and now or mark_1
  end
  local value, expires, from = save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, counted_1, ceiling_1, given_1_1, given_2_1)
  if not from then
    redis.call('SET', key_1, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_1, from, value)
    if expires ~= key_expires_at_1 then
      redis.call(expiry_command, key_1, string.format('%d', expires + expiry_base))
    end
  end
end
if charge_2 > 0 and (admitted or stale_2) then
  if admitted then
    used_2 = used_2 + charge_2
    mark_2 = now > mark_2 and now or mark_2
  end
  local value, expires, from = save_2(key_2, used_2, mark_2, key_expires_at_2, rest_2, 0, ceiling_2, given_1_2, given_2_2)
  if not from then
    redis.call('SET', key_2, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_2, from, value)
    if expires ~= key_expires_at_2 then
      redis.call(expiry_command, key_2, string.format('%d', expires + expiry_base))
    end
  end
end

return answer
