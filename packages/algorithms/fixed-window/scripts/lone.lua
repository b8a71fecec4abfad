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

-- fw1
local load_1, save_1
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

  load_1, save_1 = load, save
end

local offset = 1
local ceiling_1, given_1_1, given_2_1, patience, deadline, charge_1
do
  local half_0, low_0, half_1, low_1, half_2, low_2, half_3, low_3, half_4, low_4, half_5, low_5, next_offset = struct.unpack('<I7I7I7I7I7I7I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, given_2_1, patience, deadline, charge_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, 2 * half_3 + low_3, 2 * half_4 + low_4, 2 * half_5 + low_5, next_offset
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

local admitted = true
admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)

local answer = time[1] .. ' ' .. time[2] .. string.format(' %d %d', used_1, mark_1 - now)
if charge_1 > 0 and (admitted or stale_1) then
  if admitted then
    used_1 = used_1 + charge_1
    mark_1 = now > mark_1 and now or mark_1
  end
  local value, expires, from = save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1, given_2_1)
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
