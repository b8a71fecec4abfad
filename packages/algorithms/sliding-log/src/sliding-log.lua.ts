/** The Lua twin of `slidingLog`: same names, same order; it reads only the runs it needs. */
export const slidingLogLua: string = `
-- One run for each ms in which something was admitted, with cumulative totals.
-- stored    struct '<dd' for each run: when, total; then '<ddddddd', the foot: base, first, spent, the first run's when and
--           total, expires, kept (when the key expires)
-- given     window in ms
-- rest      what is stored, as far as it was read; false: nothing
local run_size, foot_size = 16, 56
local largest = 9007199254740991

local function run(key, index)
  local from = run_size * index
  local to = from + run_size - 1
  return struct.unpack('<dd', redis.call('GETRANGE', key, string.format('%d', from), string.format('%d', to)))
end

-- The first run, from low on, whose date (or total) passes the bound: those that do come after those that do not. Returns its
-- index, date and total; the last two are nil beyond the last. It gallops, because what is looked for is mostly near low.
local function first_where(key, low, last, dated, bound)
  local below, above, stride = low - 1, last + 1, 1
  local when, total
  while above - below > 1 do
    local index = math.min(below + stride, math.floor((below + above) / 2))
    local date, sum = run(key, index)
    if (dated and date or sum) > bound then
      above, when, total = index, date, sum
    else
      below, stride = index, stride * 2
    end
  end
  return above, when, total
end

local function load(key, now, _, window)
  local tail = redis.pcall('GETRANGE', key, '-72', '-1')
  if tail == '' and redis.call('EXISTS', key) == 0 then
    return 0, now, false, 0, false
  end
  if #tail ~= run_size + foot_size then
    return foreign(tail)
  end
  local when, total, base, first, spent, oldest, oldest_total, expires, kept = struct.unpack('<ddddddddd', tail)
  local last = (redis.call('STRLEN', key) - foot_size) / run_size - 1
  if not (last % 1 == 0 and first >= 0 and first <= last and first % 1 == 0 and base % 1 == 0) then
    return nil
  end
  if not (spent >= 0 and spent % 1 == 0 and spent < oldest_total and oldest_total <= total and total <= largest) then
    return nil
  end
  if not (oldest_total % 1 == 0 and total % 1 == 0 and oldest % 1 == 0 and when % 1 == 0 and oldest <= when) then
    return nil
  end
  if not (base + oldest >= 0 and base + when <= largest and expires >= base + when and expires % 1 == 0) then
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
    local low = first + 1
    spent = oldest_total
    first, oldest, oldest_total = first_where(key, low, last, true, horizon)
    if first > low then
      local _, before = run(key, first - 1)
      spent = before
    end
    -- Runs in between are not checked before they are needed.
    if not (oldest and oldest <= when and spent >= 0 and spent % 1 == 0) then
      return nil
    end
    if not (spent < oldest_total and oldest_total <= total) then
      return nil
    end
  end
  local used = total - spent
  local rest = {
    loaded = used,
    base = base,
    first = first,
    last = last,
    spent = spent,
    oldest = oldest,
    oldest_total = oldest_total,
    when = when,
  }
  return used, newest, redated or newest + window > expires, kept, rest
end

local function save(key, used, mark, kept, rest, _, window)
  local format = '<ddddddddd'
  if not rest then
    local expires = mark + window
    put(key, struct.pack(format, mark, used, 0, 0, 0, mark, used, expires, expires + window), expires + window)
    return
  end

  local base, first, last, spent, when = rest.base, rest.first, rest.last, rest.spent, rest.when
  local oldest, oldest_total = rest.oldest, rest.oldest_total
  local total = spent + used
  local shorter = used < rest.loaded
  if shorter then
    local date
    last, date = first_where(key, first, last - 1, false, total - 1)
    when = date or when
  elseif used > rest.loaded and mark > base + when then
    last = last + 1
    when = mark - base
  end
  if first == last then
    oldest, oldest_total = when, total
  end
  local expires = base + when + window
  local live = last - first + 1

  if shorter or first > live + 64 then
    -- Runs have gone from the end, or those that have left outnumber those that have not: drop them.
    local from, to = run_size * first, run_size * last - 1
    local runs = live > 1 and redis.call('GETRANGE', key, string.format('%d', from), string.format('%d', to)) or ''
    kept = expires + window
    put(key, runs .. struct.pack(format, when, total, base, 0, spent, oldest, oldest_total, expires, kept), kept)
    return
  end
  -- Kept for twice as long as it needs: mostly, the next charge need not move the expiry.
  local lasts = expires <= kept
  kept = lasts and kept or expires + window
  local tail = struct.pack(format, when, total, base, first, spent, oldest, oldest_total, expires, kept)
  redis.call('SETRANGE', key, string.format('%d', run_size * last), tail)
  if not lasts then
    prolong(key, kept)
  end
end

local function wait(key, now, used, mark, rest, charge, limit, window)
  local need = used + charge - limit
  if not rest or need > rest.loaded then
    return mark + window - now
  end
  local date = rest.oldest
  if need > rest.oldest_total - rest.spent then
    local _, found = first_where(key, rest.first + 1, rest.last - 1, false, rest.spent + need - 1)
    -- Junk among the runs leaves with the newest.
    date = found and found >= rest.oldest and found <= rest.when and found or rest.when
  end
  return rest.base + date + window - now
end
`
