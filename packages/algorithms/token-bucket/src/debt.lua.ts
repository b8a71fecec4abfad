/** The Lua twin of `debtPolicy`: the same functions, in the same order. */
export const debtLua: string = `
-- A debt that drains at a constant rate.
-- stored    struct '<dddddd': debt, scale, date, expires_at, key_expires_at, counted
-- given     ceiling, unit and rate, in credits
-- extra     expires_at; of an unusual debt a table: expires_at, debt, scale, date, used as it was loaded, after

-- What is unusual: a debt in other credits, ahead of the clock, or that counts past its stored expiry. A function costs a
-- thousand instructions each time the script runs, so these are made when they are needed.
local function unusual()
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

  local function rescale(debt, unit, scale)
    local quotient, remainder = multiply_divide(debt, unit, scale)
    return math.min(quotient + (remainder > 0 and 1 or 0), 2 ^ 53 - 1)
  end

  -- One that passes 2^53: what is left of it after as many ms as the rest takes to drain.
  local function convert(debt, scale, unit, rate)
    local used = rescale(debt, unit, scale)
    if used < 2 ^ 53 - 1 then
      return used, 0
    end
    local whole = math.floor(debt / scale)
    local ms, remainder = multiply_divide(whole, unit, rate)
    local least = remainder + rescale(debt - whole * scale, unit, scale)
    local within = math.floor((2 ^ 53 - 1 - least) / rate)
    return within * rate + least, math.max(0, ms - within)
  end

  local function load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
    local redated = date - now > math.ceil(ceiling / rate)
    if redated then
      -- The expiry moves with the date.
      expires_at, key_expires_at, date = expires_at - (date - now), 0, now
    end
    local used, after = debt, 0
    if scale ~= unit then
      used, after = convert(debt, scale, unit, rate)
    end

    -- No clock reaches 2 ^ 52 + 2 ^ 51.
    local mark = math.min(date + after, 2 ^ 52 + 2 ^ 51)
    if mark <= now then
      used, mark, after = used + (mark - now) * rate, now, 0
    end
    if used <= 0 then
      return 0, now, false, key_expires_at, expires_at, counted
    end

    local ends = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
    local stale = redated or ends > expires_at
    -- Only an expiry that slower options gave it is held on to.
    if ends >= expires_at then
      expires_at = 0
    end
    local is_kept = stale or after > 0
    local extra = is_kept and { expires_at, debt, scale, date, used, after } or expires_at
    return used, mark, stale, key_expires_at, extra, counted
  end

  -- Only charged debts are saved as they were converted: what was stored, in its own credits, is exact.
  local function save_unusual(used, extra, unit)
    return math.min(extra[2] + (used - extra[5]) / unit * extra[3], 2 ^ 53 - 1), extra[3], extra[4]
  end

  return load_unusual, save_unusual
end

local function load(key, now, ceiling, unit, rate)
  local stored = redis.pcall('GET', key)
  if stored == false then
    return 0, now, false, 0, 0, 0
  end
  if #stored ~= 48 then
    return nil, stored
  end
  local debt, scale, date, expires_at, key_expires_at, counted = struct.unpack('<dddddd', stored)
  if not (debt >= 0 and debt < 2 ^ 53 and debt % 1 == 0 and scale >= 1 and scale <= 2 ^ 50 and scale % 1 == 0) then
    return nil
  end
  if not (date >= 0 and date < 2 ^ 53 and date % 1 == 0 and expires_at >= date and expires_at < 2 ^ 53) then
    return nil
  end
  if not (expires_at % 1 == 0 and key_expires_at >= expires_at and key_expires_at < 2 ^ 55) then
    return nil
  end
  if not (counted >= -1 and counted < 2 ^ 53 and counted % 1 == 0) then
    return nil
  end
  if expires_at <= now then
    return 0, now, false, 0, 0, 0
  end
  if date > now or scale ~= unit then
    local load_unusual = unusual()
    return load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
  end

  local used = debt + (date - now) * rate
  if used <= 0 then
    return 0, now, false, key_expires_at, expires_at, counted
  end
  if used > (expires_at - now) * rate then
    local load_unusual = unusual()
    return load_unusual(now, debt, scale, date, expires_at, key_expires_at, counted, ceiling, unit, rate)
  end
  -- Only an expiry that slower options gave it is held on to.
  return used, now, false, key_expires_at, used > (expires_at - now - 1) * rate and 0 or expires_at, counted
end

local function save(_, used, mark, key_expires_at, extra, counted, _, unit, rate)
  local debt, scale, date = used, unit, mark
  local ends = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
  -- A debt keeps the expiry that slower options gave it.
  local expires_at = extra
  if type(extra) == 'table' then
    expires_at = extra[1]
    if used == extra[5] or extra[6] > 0 then
      local _, save_unusual = unusual()
      debt, scale, date = save_unusual(used, extra, unit)
    end
  end
  if expires_at < ends then
    expires_at = ends
  end
  if expires_at <= key_expires_at then
    return struct.pack('<dddddd', debt, scale, date, expires_at, key_expires_at, counted), key_expires_at, '0'
  end
  -- The key lives for twice as long as it needs: mostly, the next charge need not move its expiry.
  key_expires_at = math.max(expires_at, 2 * ends - mark)
  return struct.pack('<dddddd', debt, scale, date, expires_at, key_expires_at, counted), key_expires_at
end
`

/** The twin of `giveBack`, for scripts that refund. */
export const debtGiveBackLua: string = `
-- Of a charge at most the debt that stands less all that was charged since. The debt keeps its expiry.
local function give_back(_, now, used, mark, extra, counted, credits, at, ends, counted_then, _, unit, rate)
  local since = at and counted - counted_then or 0
  if at and (since < 0 or now >= ends) then
    return used, extra
  end
  local is_whole = type(extra) ~= 'table' or extra[6] == 0
  -- Of a debt that passes 2^53, some is left in any case.
  local given = math.min(credits, used - since * unit, is_whole and used or used - 1)
  if given < used then
    -- A debt in other credits is charged and given back by whole units.
    given = math.floor(given / unit) * unit
  end
  if given <= 0 then
    return used, extra
  end
  local ends_at = math.min(mark + math.ceil(used / rate), 2 ^ 52 + 2 ^ 51)
  if type(extra) == 'table' then
    return used - given, { math.max(extra[1], ends_at), extra[2], extra[3], extra[4], extra[5], extra[6] }
  end
  return used - given, math.max(extra, ends_at)
end
`
