/** The Lua twin of `debtPolicy`: same names, same order. */
export const debtLua: string = `
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
`
