/** The Lua twin of `slidingLog`: same names, same order; it reads only the runs it needs. */
export const slidingLogLua: string = `
-- One run for each ms in which something was admitted, with cumulative totals.
-- stored    struct '<dddddddd': base, first, last, spent, oldest, newest, total, expires (the head), then '<dd': when,
--           total for each run
-- given     limit, window in ms
local head_size, run_size = 64, 16

local function run(key, index)
  local from = head_size + run_size * index
  return struct.unpack('<dd', redis.call('GETRANGE', key, from, from + run_size - 1))
end

-- The index of the first run, from low on, that passes: those that pass come after those that do not. It gallops, because
-- what is looked for is mostly near low.
local function first_where(key, low, last, passes)
  local below, above, stride = low - 1, low, 1
  while above <= last and not passes(run(key, above)) do
    below = above
    above = above + stride
    stride = stride * 2
  end
  above = math.min(above, last + 1)
  while above - below > 1 do
    local middle = math.floor((below + above) / 2)
    if passes(run(key, middle)) then
      above = middle
    else
      below = middle
    end
  end
  return above
end

local function empty_reading(now)
  return { used = 0, loaded = 0, mark = now }
end

return function(limit, window)
  return {
    ceiling = limit,
    unit = 1,

    load = function(key, now)
      local head = read('GETRANGE', key, 0, head_size - 1)
      if head == '' and redis.call('EXISTS', key) == 0 then
        return empty_reading(now)
      end
      if not head or #head < head_size then
        return nil
      end
      local base, first, last, spent, oldest, when, total, expires = struct.unpack('<dddddddd', head)
      local intact = whole(first, 0) and whole(last, first) and whole(spent, 0) and whole(total, spent + 1)
      if not (intact and base % 1 == 0 and whole(base + oldest, 0) and whole(base + when, base + oldest)) then
        return nil
      end
      if not whole(expires, 0) or redis.call('STRLEN', key) < head_size + run_size * (last + 1) then
        return nil
      end

      if expires <= now then
        return empty_reading(now)
      end

      local stored = base + when
      local redated = stored - now > window
      local newest = redated and now or stored
      base = base - (stored - newest)

      local newest_when, newest_total = run(key, last)
      if newest_when ~= when or newest_total ~= total then
        return nil
      end

      local horizon = math.max(now, newest) - window - base
      if when <= horizon then
        return empty_reading(now)
      end
      if oldest <= horizon then
        first = first_where(key, first + 1, last, function(date)
          return date > horizon
        end)
        if first > last then
          return nil
        end
        oldest = run(key, first)
        local _, before = run(key, first - 1)
        spent = before
      end
      if not (whole(spent, 0) and spent < total and oldest > horizon and oldest <= when) then
        return nil
      end
      local used = total - spent
      return {
        used = used,
        loaded = used,
        mark = newest,
        stale = redated or newest + window > expires,
        base = base,
        first = first,
        last = last,
        spent = spent,
        oldest = oldest,
        when = when,
      }
    end,

    save = function(key, reading)
      local used, loaded, mark = reading.used, reading.loaded, reading.mark
      if loaded == 0 then
        local head = struct.pack('<dddddddd', 0, 0, 0, 0, mark, mark, used, mark + window)
        put(key, head .. struct.pack('<dd', mark, used), mark + window)
        return
      end

      local base, first, last, when = reading.base, reading.first, reading.last, reading.when
      local total = reading.spent + used
      if used < loaded then
        last = first_where(key, first, last - 1, function(_, each)
          return each >= total
        end)
        when = run(key, last)
      elseif used > loaded and mark > base + when then
        last = last + 1
        when = mark - base
      end
      local expires = base + when + window
      local live = last - first + 1
      local function head(from)
        local format = '<dddddddd'
        return struct.pack(format, base, from, from + live - 1, reading.spent, reading.oldest, when, total, expires)
      end

      redis.call('SETRANGE', key, head_size + run_size * last, struct.pack('<dd', when, total))
      if first <= live + 64 then
        redis.call('SETRANGE', key, 0, head(first))
        prolong(key, expires)
        return
      end
      -- The runs that have left outnumber those that have not: drop them.
      local from = head_size + run_size * first
      put(key, head(0) .. redis.call('GETRANGE', key, from, from + run_size * live - 1), expires)
    end,

    wait = function(key, reading, cost, now)
      local need = reading.used + cost - limit
      if need > reading.loaded then
        return reading.mark + window - now
      end
      local leaving = first_where(key, reading.first, reading.last - 1, function(_, total)
        return total >= reading.spent + need
      end)
      local date = run(key, leaving)
      -- Runs in between are not checked when they are loaded; junk among them leaves with the newest.
      if not (date >= reading.oldest and date <= reading.when) then
        date = reading.when
      end
      return reading.base + date + window - now
    end,
  }
end
`
