/** The Lua twin of `debtPolicy`: same names, same order. */
export const debtLua: string = `
-- A debt that drains at a constant rate.
-- stored    struct '<dddd': debt, unit, at, expires
-- given     ceiling, unit and rate, in credits
local largest = 9007199254740991

-- math.ceil(debt * unit / was), exact, at most 2^53 - 1.
local function rescale(debt, unit, was)
  local whole = math.floor(debt / was)
  local rest = debt - whole * was
  local quotient, remainder, digits = 0, 0, unit
  local bit = 2 ^ 50
  while bit >= 1 do
    quotient = quotient * 2
    remainder = remainder * 2
    if digits >= bit then
      digits = digits - bit
      remainder = remainder + rest
    end
    while remainder >= was do
      remainder = remainder - was
      quotient = quotient + 1
    end
    bit = bit / 2
  end
  local rounded = remainder > 0 and 1 or 0
  return math.min(whole * unit + quotient + rounded, largest)
end

return function(ceiling, unit, rate)
  local span = math.ceil(ceiling / rate)

  return {
    ceiling = ceiling,
    unit = unit,

    load = function(key, now)
      local stored = read('GET', key)
      if stored == false then
        return { used = 0, mark = now }
      end
      if not stored or #stored ~= 32 then
        return nil
      end
      local debt, was, at, expires = struct.unpack('<dddd', stored)
      if
        not (whole(debt, 1) and whole(was, 1) and whole(at, 0) and expires >= at and expires < 2 ^ 54 and was <= 2 ^ 50)
      then
        return nil
      end
      if expires <= now then
        return { used = 0, mark = now }
      end

      if was ~= unit then
        debt = rescale(debt, unit, was)
      end
      local ahead = at - now
      if ahead > span then
        return { used = debt, mark = now, stale = true }
      end

      local mark = math.max(at, now)
      local drained = -ahead >= math.ceil(debt / rate)
      local used = drained and 0 or ahead > 0 and debt or debt + ahead * rate
      return { used = used, mark = mark, stale = mark + math.ceil(used / rate) > expires }
    end,

    save = function(key, reading)
      local expires = reading.mark + math.ceil(reading.used / rate)
      put(key, struct.pack('<dddd', reading.used, unit, reading.mark, expires), expires)
    end,
  }
end
`
