/** The Lua twin of `plainWindow`: the same functions, in the same order. */
export const plainWindowLua: string = `
-- A count that holds until its window ends.
-- stored    struct '<ddd': end, length, used
-- given     ceiling; the window in ms
-- extra     length
local function load(key, now, _, window)
  local stored = redis.pcall('GET', key)
  if stored == false then
    return 0, now + window, false, 0, window
  end
  if #stored ~= 24 then
    return nil, stored
  end
  local stored_end, stored_length, used = struct.unpack('<ddd', stored)
  if not (stored_end >= 1 and stored_end < 2 ^ 53 and stored_end % 1 == 0) then
    return nil
  end
  if not (stored_length >= 1 and stored_length <= 2 ^ 50 and stored_length % 1 == 0) then
    return nil
  end
  if not (used >= 1 and used < 2 ^ 53 and used % 1 == 0) then
    return nil
  end
  if stored_end <= now then
    return 0, now + window, false, 0, window
  end

  -- A longer window moves the end out; a shorter one waits for it.
  local length = math.max(window, stored_length)
  local ends = stored_end + length - stored_length
  -- A clock that was set back by more than two windows starts a new one, with the same count.
  if ends - now > 2 * length then
    ends = now + length
  end
  -- The key of a longer window must live longer: 0 has the next save set its expiry.
  return used, ends, ends ~= stored_end, length > stored_length and 0 or stored_end, length
end

local function save(_, used, mark, key_expires_at, extra)
  -- While the end stays as it is, the count is written over, at its offset.
  if mark == key_expires_at then
    return struct.pack('<d', used), mark, '16'
  end
  return struct.pack('<ddd', mark, extra, used), mark
end
`

/** The twin of `giveBack`, for scripts that refund. */
export const plainWindowGiveBackLua: string = `
-- Of a charge only while the window runs that counted it.
local function give_back(_, _, used, mark, extra, _, credits, at, ends)
  if at and ends ~= mark then
    return used, extra
  end
  return math.max(0, used - credits), extra
end
`
