/** The Lua twin of `fixedWindow`: same names, same order. */
export const fixedWindowLua: string = `
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
`
