/** The Lua twin of `fixedWindow`: the same functions, in the same order. */
export const fixedWindowLua: string = `
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
`

/** The twin of `giveBack`, for scripts that refund. */
export const fixedWindowGiveBackLua: string = `
-- Of a charge only while the window runs that counted it.
local function give_back(_, _, used, mark, extra, _, credits, at, ends)
  if at and ends ~= mark then
    return used, extra
  end
  return math.max(0, used - credits), extra
end
`
