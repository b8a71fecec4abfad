/** The Lua twin of `slidingCounter`: the same functions, in the same order. */
export const slidingCounterLua: string = `
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
`

/** The twin of `giveBack`, for scripts that refund. */
export const slidingCounterGiveBackLua: string = `
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
`
