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

-- sc1
local load_1, save_1, date_charge_1, wait_1
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

  load_1, save_1, date_charge_1, wait_1 = load, save, date_charge, wait
end

local offset = 1
local ceiling_1, given_1_1, patience, deadline, charge_1
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, patience, deadline, charge_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, next_offset
end
-- Before a request was made only where the clock was set back since: then its deadline may have passed.
if now > deadline or now < deadline - patience then
  return time[1] .. ' ' .. time[2] .. ' -1'
end

local key_1 = KEYS[1]
local used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
if not used_1 then
  local is_error = type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true)
  return is_error and mark_1 or time[1] .. ' ' .. time[2] .. ' -2'
end

local admitted = true
admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)

local pause_1 = 0
if charge_1 > ceiling_1 - used_1 and charge_1 > 0 and charge_1 <= ceiling_1 then
  pause_1 = wait_1(key_1, now, used_1, mark_1, rest_1, charge_1, ceiling_1, given_1_1)
end

local answer = time[1] .. ' ' .. time[2] .. string.format(' %d %d %d', used_1, mark_1 - now, pause_1)
if charge_1 > 0 and (admitted or stale_1) then
  if admitted then
    used_1 = used_1 + charge_1
    mark_1 = date_charge_1(mark_1, now, ceiling_1, given_1_1)
  end
  local value, expires, from = save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1)
  if not from then
    redis.call('SET', key_1, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_1, from, value)
    if expires ~= key_expires_at_1 then
      redis.call(expiry_command, key_1, string.format('%d', expires + expiry_base))
    end
  end
end

return answer
