/** The Lua twin of `fixedWindow`: same names, same order. */
export const fixedWindowLua: string = `
-- A count that holds until its window ends.
-- stored    struct '<ddd': end, length, count
-- given     limit, window in ms, aligned (1: windows start at multiples of their length; 0: with the first request)
return function(limit, window, aligned)
  local function end_of(now, length)
    return aligned == 1 and (math.floor(now / length) + 1) * length or now + length
  end

  return {
    ceiling = limit,
    unit = 1,

    load = function(key, now)
      local stored = read('GET', key)
      if stored == false then
        return { used = 0, mark = end_of(now, window), length = window }
      end
      if not stored or #stored ~= 24 then
        return nil
      end
      local expires, length, used = struct.unpack('<ddd', stored)
      if not (whole(expires, 1) and whole(length, 1) and whole(used, 1) and length <= 2 ^ 50) then
        return nil
      end
      if expires <= now then
        return { used = 0, mark = end_of(now, window), length = window }
      end

      -- A longer window moves the end out, to that of its own window that holds the last ms; a shorter one waits for it.
      local finish = expires
      if window > length then
        finish = aligned == 1 and end_of(finish - 1, window) or finish - length + window
        length = window
      end
      if finish - now > 2 * length then
        finish = end_of(now, length)
      end
      return { used = used, mark = finish, length = length, stale = finish ~= expires }
    end,

    save = function(key, reading)
      put(key, struct.pack('<ddd', reading.mark, reading.length, reading.used), reading.mark)
    end,
  }
end
`
