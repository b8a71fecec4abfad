/** The Lua twin of `slidingLog`: same names, same order; it reads only the runs it needs. */
export const slidingLogLua: string = `
-- One run for each ms in which something was admitted, with cumulative totals.
-- stored    struct '<dd' for each run: when, total; then '<dddddddd', the foot: base, first, last, spent, when and total of the
--           first run, expires, kept (when the key expires)
-- given     window in ms
-- rest      what is stored, as far as it was read: what it holds, base, first, last, spent, when and total of the first run,
--           when; false: nothing

-- The first run, from low on, whose date (or total) passes the bound: those that do come after those that do not. Returns its
-- index, date and total, which are nil beyond the last, and the total before it, nil before low. It gallops, because what is
-- looked for is mostly near low.
local function first_where(key, low, last, dated, bound)
  local below, above, stride = low - 1, last + 1, 1
  local when, total, before
  while above - below > 1 do
    local index = math.min(below + stride, math.floor((below + above) / 2))
    local from, to = string.format('%d', 16 * index), string.format('%d', 16 * index + 15)
    local found = redis.call('GETRANGE', key, from, to)
    if #found < 16 then
      return last + 1
    end
    local date, sum = struct.unpack('<dd', found)
    if (dated and date or sum) > bound then
      above, when, total = index, date, sum
    else
      below, before, stride = index, sum, stride * 2
    end
  end
  return above, when, total, before
end

local function load(key, now, _, window)
  local tail = redis.pcall('GETRANGE', key, '-80', '-1')
  if tail == '' and redis.call('EXISTS', key) == 0 then
    return 0, now, false, 0, false
  end
  if #tail ~= 80 then
    return nil, tail
  end
  local when, total, base, first, last, spent, oldest, oldest_total, expires, kept = struct.unpack('<dddddddddd', tail)
  if not (first >= 0 and first % 1 == 0 and last >= first and last <= 2 ^ 20 and last % 1 == 0 and base % 1 == 0) then
    return nil
  end
  if not (spent >= 0 and spent % 1 == 0 and spent < oldest_total and oldest_total <= total and total < 2 ^ 53) then
    return nil
  end
  if not (oldest_total % 1 == 0 and total % 1 == 0 and oldest % 1 == 0 and when % 1 == 0 and oldest <= when) then
    return nil
  end
  if not (base + oldest >= 0 and base + when < 2 ^ 53 and expires >= base + when and expires % 1 == 0) then
    return nil
  end
  if not (kept >= expires and kept <= 2 ^ 54) then
    return nil
  end
  if expires <= now then
    return 0, now, false, 0, false
  end

  local stored = base + when
  local redated = stored - now > window
  local newest = redated and now or stored
  base = base - (stored - newest)

  local horizon = (now > newest and now or newest) - window - base
  if when <= horizon then
    return 0, now, false, 0, false
  end
  if oldest <= horizon then
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
  local rest = { used, base, first, last, spent, oldest, oldest_total, when }
  return used, newest, redated or newest + window > expires, kept, rest
end

local function save(key, used, mark, kept, rest, _, window)
  local format = '<dddddddddd'
  if not rest then
    local expires = mark + window
    kept = expires + window
    return struct.pack(format, mark, used, 0, 0, 0, 0, mark, used, expires, kept), kept
  end

  local loaded, base, first, last = rest[1], rest[2], rest[3], rest[4]
  local spent, oldest, oldest_total, when = rest[5], rest[6], rest[7], rest[8]
  local total = spent + used
  local shorter = used < loaded
  if shorter then
    local date
    last, date = first_where(key, first, last - 1, false, total - 1)
    when = date or when
  elseif used > loaded and mark > base + when then
    last = last + 1
    when = mark - base
  end
  if first == last then
    oldest, oldest_total = when, total
  end
  local expires = base + when + window
  local live = last - first + 1

  if shorter or first > live + 64 and (moved < 2 ^ 18 or first > 4 * live + 256) then
    -- Runs have gone from the end, or those that have left outnumber those that have not: drop them. The latter may wait for
    -- another script when this one has dropped enough already.
    local from, to = string.format('%d', 16 * first), string.format('%d', 16 * last - 1)
    local runs = live > 1 and redis.call('GETRANGE', key, from, to) or ''
    moved = moved + #runs
    kept = expires + window
    return runs .. struct.pack(format, when, total, base, 0, live - 1, spent, oldest, oldest_total, expires, kept), kept
  end
  -- Kept for twice as long as it needs: mostly, the next charge need not move the expiry.
  if expires > kept then
    kept = expires + window
  end
  local tail = struct.pack(format, when, total, base, first, last, spent, oldest, oldest_total, expires, kept)
  return tail, kept, string.format('%d', 16 * last)
end

local function wait(key, now, used, mark, rest, charge, limit, window)
  local need = used + charge - limit
  if not rest or need > rest[1] then
    return mark + window - now
  end
  local base, spent, oldest, oldest_total = rest[2], rest[5], rest[6], rest[7]
  local date = oldest
  if need > oldest_total - spent then
    local first, last, when = rest[3], rest[4], rest[8]
    local _, found = first_where(key, first + 1, last - 1, false, spent + need - 1)
    -- Junk among the runs leaves with the newest.
    date = found and found >= oldest and found <= when and found or when
  end
  return base + date + window - now
end
`
