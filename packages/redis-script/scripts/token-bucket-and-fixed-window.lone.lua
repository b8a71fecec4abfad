-- Decides one consume.
-- Numbers of ARGV are 14 bytes each, which spell-number.ts describes.
-- KEYS      one for each policy
-- ARGV      numbers: what each policy is given, patience (how long before its deadline a request may have been made), deadline,
--           what each policy is to charge; with an injected clock, then its seconds and microseconds
-- returns   text: seconds and microseconds of the instant, then -1 when the request is void, or -2, -3 … when the first, second …
--           key holds foreign data, or for each policy: used, mark less now; then for each that has a wait: how long to wait

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
  -- stored    struct '<ddddd': debt, unit, at, expires, kept (when the key expires)
  -- given     unit and rate, in credits
  -- rest      expires; of what is stale, or passes 2^53 in the credits of its reader: debt, unit, at (now, when it was re-dated), used as
  --           it was loaded, after how many ms that is what is left, expires
  local function load(key, now, ceiling, unit, rate)
    local stored = redis.pcall('GET', key)
    if stored == false then
      return 0, now, false, 0, 0
    end
    if #stored ~= 40 then
      return nil, stored
    end
    local debt, was, at, expires, kept = struct.unpack('<ddddd', stored)
    if not (debt >= 1 and debt < 2 ^ 53 and debt % 1 == 0 and was >= 1 and was <= 2 ^ 50 and was % 1 == 0) then
      return nil
    end
    if not (at >= 0 and at < 2 ^ 53 and at % 1 == 0 and expires >= at and kept >= expires and kept < 2 ^ 55) then
      return nil
    end
    if not (expires < 2 ^ 53 and expires % 1 == 0) then
      return nil
    end
    if expires <= now then
      return 0, now, false, 0, 0
    end

    local ahead = at - now
    local redated = ahead > 0 and ahead > math.ceil(ceiling / rate)
    local date = redated and now or at
    if redated then
      -- The expiry moves with the date.
      expires, kept = expires - ahead, 0
    end
    local used, after = debt, 0
    if was ~= unit then
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

      local quotient, remainder = multiply_divide(debt, unit, was)
      used = quotient + (remainder > 0 and 1 or 0)
      if used >= 2 ^ 53 - 1 then
        -- Past 2^53: what is left of it after as many ms as the rest takes to drain.
        local whole = math.floor(debt / was)
        local part, more = multiply_divide(debt - whole * was, unit, was)
        local ms, least = multiply_divide(whole, unit, rate)
        least = least + part + (more > 0 and 1 or 0)
        local within = math.floor((2 ^ 53 - 1 - least) / rate)
        used, after = within * rate + least, math.max(0, ms - within)
      end
    end

    -- No clock reaches 2 ^ 52 + 2 ^ 51.
    local mark = math.min(date + after, 2 ^ 52 + 2 ^ 51)
    if mark < now then
      used, mark = used + (mark - now) * rate, now
      if used <= 0 then
        return 0, now, false, kept, 0
      end
    end
    local stale = redated or expires < 2 ^ 52 + 2 ^ 51 and used > (expires - mark) * rate
    -- Only an expiry that slower options gave it is held on to.
    if used > (expires - mark - 1) * rate then
      expires = 0
    end
    return used, mark, stale, kept, (stale or after > 0) and { debt, was, date, used, after, expires } or expires
  end

  local function save(_, used, mark, kept, rest, _, unit, rate)
    local lasts = math.ceil(used / rate)
    local ends, scale = mark + lasts, unit
    local expires = math.min(ends, 2 ^ 52 + 2 ^ 51)
    if type(rest) == 'table' then
      if used == rest[4] or rest[5] > 0 then
        -- Only charged debts are saved as they were converted: what was stored, in its own credits, is exact.
        used = math.min(rest[1] + (used - rest[4]) / unit * rest[2], 2 ^ 53 - 1)
        scale, mark = rest[2], rest[3]
      end
      rest = rest[6]
    end
    -- A debt keeps the expiry that slower options gave it.
    if expires < rest then
      expires = rest
    end
    if expires <= kept then
      return struct.pack('<ddddd', used, scale, mark, expires, kept), kept, '0'
    end
    -- Kept for twice as long as it needs: mostly, the next charge need not move the expiry.
    kept = math.max(expires, ends + lasts)
    return struct.pack('<ddddd', used, scale, mark, expires, kept), kept
  end
  load_1, save_1 = load, save
end

-- fw1
local load_2, save_2
do
  -- A count that holds until its window ends.
  -- stored    struct '<ddd': end, length, count
  -- given     twice the window in ms, and 1 more when windows start at multiples of their length, not with the first request
  -- rest      length
  local function end_of(now, length, aligned)
    return aligned == 1 and (math.floor(now / length) + 1) * length or now + length
  end

  local function load(key, now, _, given)
    local aligned = given % 2
    local window = (given - aligned) / 2
    local stored = redis.pcall('GET', key)
    if stored == false then
      return 0, end_of(now, window, aligned), false, 0, window
    end
    if #stored ~= 24 then
      return nil, stored
    end
    local expires, length, used = struct.unpack('<ddd', stored)
    if not (expires >= 1 and expires < 2 ^ 53 and expires % 1 == 0 and length >= 1 and length <= 2 ^ 50) then
      return nil
    end
    if not (length % 1 == 0 and used >= 1 and used < 2 ^ 53 and used % 1 == 0) then
      return nil
    end
    if expires <= now then
      return 0, end_of(now, window, aligned), false, 0, window
    end

    -- A longer window moves the end out, to that of its own window that holds the last ms; a shorter one waits for it.
    local finish, kept = expires, expires
    if window > length then
      finish = aligned == 1 and end_of(finish - 1, window, aligned) or finish - length + window
      length, kept = window, 0
    end
    if finish - now > 2 * length then
      finish = end_of(now, length, aligned)
    end
    return used, finish, finish ~= expires, kept, length
  end

  local function save(_, used, mark, kept, length)
    if mark == kept then
      return struct.pack('<d', used), mark, '16'
    end
    return struct.pack('<ddd', mark, length, used), mark
  end
  load_2, save_2 = load, save
end

local offset = 1
local ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, patience, deadline, charge_1, charge_2
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, half_5, low_5, half_6, low_6, half_7, low_7, half_8, low_8, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, given_2_1, ceiling_2, given_1_2, patience, deadline, charge_1, charge_2, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, 2 * half_5 + low_5, 2 * half_6 + low_6, 2 * half_7 + low_7, 2 * half_8 + low_8, next_offset
end
-- Before a request was made only where the clock was set back since: then its deadline may have passed.
if now > deadline or now < deadline - patience then
  return time[1] .. ' ' .. time[2] .. ' -1'
end

local key_1 = KEYS[1]
local used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1, given_2_1)
if not used_1 then
  local is_error = type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true)
  return is_error and mark_1 or time[1] .. ' ' .. time[2] .. ' -2'
end
local key_2 = KEYS[2]
local used_2, mark_2, stale_2, key_expires_at_2, rest_2 = load_2(key_2, now, ceiling_2, given_1_2)
if not used_2 then
  local is_error = type(mark_2) == 'table' and not string.find(mark_2.err, 'WRONGTYPE', 1, true)
  return is_error and mark_2 or time[1] .. ' ' .. time[2] .. ' -3'
end

local admitted = true
admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)
admitted = admitted and (charge_2 == 0 or charge_2 <= ceiling_2 - used_2)

local answer = time[1] .. ' ' .. time[2] .. string.format(' %d %d %d %d', used_1, mark_1 - now, used_2, mark_2 - now)
if charge_1 > 0 and (admitted or stale_1) then
  if admitted then
    used_1 = used_1 + charge_1
    mark_1 = now > mark_1 and now or mark_1
  end
  local value, expires, from = save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, ceiling_1, given_1_1, given_2_1)
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
  local value, expires, from = save_2(key_2, used_2, mark_2, key_expires_at_2, rest_2, ceiling_2, given_1_2)
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
