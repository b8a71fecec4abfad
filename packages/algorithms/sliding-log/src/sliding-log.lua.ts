/** The Lua twin of `slidingLog`: the same functions, in the same order; it reads only the runs it needs. */
export const slidingLogLua: string = `
-- One run for each ms in which something was admitted, with cumulative totals.
-- stored    struct '<dd' for each run: when, total; then '<dddddddd', the foot: base, first, last, spent, when and total of the
--           first run, expires_at, key_expires_at
-- given     limit; the window in ms
-- extra     the view: used as it was loaded, base, first, last, spent, when and total of the first run, when and expires_at; then,
--           when runs have left this window: first, spent, when and total as stored; false: nothing is stored

-- The first run, from low on, whose date (or total) passes the bound: they never get smaller. Returns its index, date and total,
-- which are nil beyond the last, and the total before it, nil before low. It gallops, because the run is mostly near low.
local function first_where(key, low, last, is_dated, bound)
  local below, above, stride = low - 1, last + 1, 1
  local when, total, before
  while above - below > 1 do
    local middle = math.min(below + stride, math.floor((below + above) / 2))
    local from, to = string.format('%d', 16 * middle), string.format('%d', 16 * middle + 15)
    local found = redis.call('GETRANGE', key, from, to)
    if #found < 16 then
      return last + 1
    end
    local date, sum = struct.unpack('<dd', found)
    if (is_dated and date or sum) > bound then
      above, when, total = middle, date, sum
    else
      below, before, stride = middle, sum, stride * 2
    end
  end
  return above, when, total, before
end

local function load_live(key, base, horizon, first, last, spent, oldest, oldest_total, when, total)
  local stored = false
  if oldest <= horizon then
    stored = { first, spent, oldest, oldest_total }
    local before
    spent = oldest_total
    first, oldest, oldest_total, before = first_where(key, first + 1, last, true, horizon)
    spent = before or spent
    -- Runs in between are not checked before they are needed.
    if not (oldest and oldest <= when and spent >= 0 and spent % 1 == 0) then
      return nil
    end
    if not (spent < oldest_total and oldest_total <= total) then
      return nil
    end
  end
  local used = total - spent
  return used, { used, base, first, last, spent, oldest, oldest_total, when, 0, stored }
end

local function load(key, now, _, window)
  local foot = redis.pcall('GETRANGE', key, '-80', '-1')
  if foot == '' and redis.call('EXISTS', key) == 0 then
    return 0, now, false, 0, false
  end
  if #foot ~= 80 then
    return nil, foot
  end
  local when, total, base, first, last, spent, oldest, oldest_total, expires_at, key_expires_at = struct.unpack('<dddddddddd', foot)
  if not (first >= 0 and first % 1 == 0 and last >= first and last <= 2 ^ 20 and last % 1 == 0 and base % 1 == 0) then
    return nil
  end
  if not (spent >= 0 and spent % 1 == 0 and spent < oldest_total and oldest_total <= total and total < 2 ^ 53) then
    return nil
  end
  if not (oldest_total % 1 == 0 and total % 1 == 0 and oldest % 1 == 0 and when % 1 == 0 and oldest <= when) then
    return nil
  end
  -- When the clock goes back, older entries keep their distance from the newest, so they may lie before 1970.
  if not (base + oldest >= -2 ^ 50 and base + when < 2 ^ 53) then
    return nil
  end
  if not (expires_at >= base + when and expires_at < 2 ^ 53 and expires_at % 1 == 0) then
    return nil
  end
  if not (key_expires_at >= expires_at and key_expires_at <= 2 ^ 54) then
    return nil
  end
  if expires_at <= now then
    return 0, now, false, 0, false
  end

  local stored = base + when
  local redated = stored - now > window
  local newest = redated and now or stored
  if redated then
    -- The expiry moves with the dates.
    base, expires_at, key_expires_at = base - (stored - newest), expires_at - (stored - newest), 0
  end
  local horizon = (now > newest and now or newest) - window - base
  if when <= horizon and expires_at <= now + window then
    return 0, now, false, 0, false
  end
  if when <= horizon then
    -- A longer window still holds what has left this one.
    local held = { first, spent, oldest, oldest_total }
    return 0, now, false, key_expires_at, { 0, base, last + 1, last, total, when, total, when, expires_at, held }
  end

  local used, extra = load_live(key, base, horizon, first, last, spent, oldest, oldest_total, when, total)
  if not used then
    return nil
  end
  -- Only an expiry that a longer window gave it is held on to.
  extra[9] = expires_at > newest + window and expires_at or 0
  return used, newest, redated or newest + window > expires_at, key_expires_at, extra
end

local function save(key, used, mark, key_expires_at, extra, _, limit, window)
  local format = '<dddddddddd'
  if not extra then
    local expires_at = mark + window
    key_expires_at = expires_at + window
    return struct.pack(format, mark, used, 0, 0, 0, 0, mark, used, expires_at, key_expires_at), key_expires_at
  end
  local loaded, base, first, last = extra[1], extra[2], extra[3], extra[4]
  local spent, oldest, oldest_total, when = extra[5], extra[6], extra[7], extra[8]
  local expires_at, stored = extra[9], extra[10]
  local total, runs = spent + used, nil
  -- Only a charge lets go of what has left this window, and only once no longer window holds it for longer than itself.
  local is_held = expires_at > mark + window and stored and last - stored[1] < 10000
  if stored and (used <= loaded or is_held) then
    first, spent, oldest, oldest_total = stored[1], stored[2], stored[3], stored[4]
  end
  local is_full = last - extra[3] + 1 >= limit
  if total >= 2 ^ 53 then
    -- Takes units from the oldest runs, so that totals stay below 2^53.
    local excess = used - (2 ^ 53 - 1 - extra[5])
    local from, to = string.format('%d', 16 * first), string.format('%d', 16 * last + 15)
    local all = redis.call('GETRANGE', key, from, to)
    runs = {}
    for place = 1, #all, 16 do
      local date, sum = struct.unpack('<dd', all, place)
      if sum > excess then
        runs[#runs + 1] = struct.pack('<dd', date, sum - excess)
      end
    end
    first, last, spent, total = 0, #runs - 1, math.max(0, spent - excess), 2 ^ 53 - 1
    if runs[1] then
      oldest, oldest_total = struct.unpack('<dd', runs[1])
    end
  end
  if used < loaded then
    local date
    last, date = first_where(key, extra[3], last - 1, false, total - 1)
    when = date or when
  elseif used > loaded and is_full then
    -- Only past the limit: the charge joins the newest run, which takes its date.
    when = mark - base
  elseif used > loaded and mark > base + when then
    last = last + 1
    when = mark - base
  end
  if first == last then
    oldest, oldest_total = when, total
  end
  -- Entries keep the expiry that a longer window gave them.
  local ends = base + when + window
  expires_at = math.max(expires_at, ends)

  -- Runs have gone from the end, or those that have left outnumber those that have not. The latter may wait for another script
  -- when this one has moved enough already.
  local live = last - first + 1
  local longest = math.max(expires_at, ends + window)
  if runs or used < loaded or first > live + 64 and (moved < 2 ^ 18 or first > 4 * live + 256) then
    local from, to = string.format('%d', 16 * first), string.format('%d', 16 * last - 1)
    runs = runs and table.concat(runs, '', 1, last) or live > 1 and redis.call('GETRANGE', key, from, to) or ''
    moved = moved + #runs
    local foot = struct.pack(format, when, total, base, 0, live - 1, spent, oldest, oldest_total, expires_at, longest)
    return runs .. foot, longest
  end
  -- The key lives for twice as long as it needs: mostly, the next charge need not move its expiry.
  if expires_at > key_expires_at then
    key_expires_at = longest
  end
  local foot = struct.pack(format, when, total, base, first, last, spent, oldest, oldest_total, expires_at, key_expires_at)
  return foot, key_expires_at, string.format('%d', 16 * last)
end

local function wait(key, now, used, mark, extra, charge, limit, window)
  local need = used + charge - limit
  if not extra or need > extra[1] then
    return mark + window - now
  end
  local base, first, last, spent = extra[2], extra[3], extra[4], extra[5]
  local oldest, oldest_total, when = extra[6], extra[7], extra[8]
  if used > extra[1] and last - first + 1 >= limit then
    -- A charge past the limit has joined the newest run.
    when = mark - base
    oldest = first == last and when or oldest
  end
  local date = oldest
  if need > oldest_total - spent then
    local _, found = first_where(key, first + 1, last - 1, false, spent + need - 1)
    -- Junk among the runs leaves with the newest.
    date = found and found >= oldest and found <= when and found or when
  end
  return base + date + window - now
end
`

/** The twin of `giveBack`, for scripts that refund. */
export const slidingLogGiveBackLua: string = `
-- defined outside: first_where
-- The newest entries go, and with them a charge that is the newest. Of an older one, while it is inside the window, the oldest go in
-- its stead.
local function give_back(key, now, used, mark, extra, _, credits, at, ends, _, _, window)
  local given = math.min(credits, used)
  if not at or at == mark then
    return used - given, extra
  end
  local is_held = extra[9] > mark + window and extra[10]
  -- A longer window still holds entries that are older.
  if at <= now - window or now >= ends or is_held then
    return used, extra
  end
  local first, last, spent, oldest, oldest_total = extra[3], extra[4], extra[5] + given, extra[6], extra[7]
  if oldest_total <= spent and given < used then
    local total
    first, oldest, total = first_where(key, first + 1, last, false, spent)
    oldest_total = total or oldest_total
  end
  return used - given, { used - given, extra[2], first, last, spent, oldest, oldest_total, extra[8], extra[9], false }
end
`
