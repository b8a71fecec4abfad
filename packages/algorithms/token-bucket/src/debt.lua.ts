/** The Lua twin of `debtPolicy`: same names, same order. */
export const debtLua: string = `
-- A debt that drains at a constant rate.
-- stored    struct '<ddddd': debt, unit, at, expires, kept (when the key expires)
-- given     unit and rate, in credits
local function load(key, now, ceiling, unit, rate)
  local stored = redis.pcall('GET', key)
  if stored == false then
    return 0, now, false, 0
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
  if expires <= now then
    return 0, now, false, 0
  end

  if was ~= unit then
    -- math.ceil(debt * unit / was), exact, at most 2^53 - 1.
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
    debt = math.min(whole * unit + quotient + rounded, 2 ^ 53 - 1)
  end
  local ahead = at - now
  if ahead > 0 and ahead > math.ceil(ceiling / rate) then
    return debt, now, true, 0
  end

  local mark = ahead > 0 and at or now
  local used = ahead > 0 and debt or debt + ahead * rate
  if used < 0 then
    used = 0
  end
  return used, mark, used > (expires - mark) * rate, kept
end

local function save(_, used, mark, kept, _, _, unit, rate)
  local lasts = math.ceil(used / rate)
  local expires = mark + lasts
  if expires <= kept then
    return struct.pack('<ddddd', used, unit, mark, expires, kept), kept, '0'
  end
  -- Kept for twice as long as it needs: mostly, the next charge need not move the expiry.
  kept = expires + lasts
  return struct.pack('<ddddd', used, unit, mark, expires, kept), kept
end
`
