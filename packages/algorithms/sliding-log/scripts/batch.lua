-- Decides any requests, key group by key group, each seeing those before: charges all policies of one limiter, or none.
-- Numbers of ARGV are 14 bytes each, which spell-number.ts describes.
-- KEYS      key group by key group: one for each policy, then that of the receipts when there is a refund
-- ARGV      numbers: what each policy is given, patience (how long before its deadline a request may have been made); then runs of
--           equal requests, key group by key group: mode (0 consume, 1 peek, 2 refund, 3 reset, 4 charge), how often it is repeated,
--           whether the key group has more runs, deadline, what each policy is to charge; then of a charge for each policy: the
--           most that it may come to, what a cost of 1 adds; of a consume where some policies are only watched (mode 7) for each policy 1
--           if it is, else 0; of a refund of a past charge (mode 6) its date, and for each policy its end and what
--           was counted then; mode 5: mode, deadline and charges as in the run before; with an injected clock, then its seconds and microseconds; then the id of the refunds, if there are any
-- returns   seconds and microseconds of the instant, then for each run what its first request finds, as the script for one consume
--           returns it: in brief, without the waits, when it is not repeated and need not wait, else after -1 less its repeats

local time = redis.call('TIME')
local ms = time[2] / 1000
local now = time[1] * 1000 + (ms - ms % 1)
local expiry_option, expiry_command, expiry_base, receipts_last = 'PXAT', 'PEXPIREAT', 0, nil
-- How many bytes the twins have moved to tidy up: past a bound, the rest waits for another script.
local moved = 0

-- sl1
local load_1, save_1, wait_1, give_back_1
do
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
  load_1, save_1, wait_1, give_back_1 = load, save, wait, give_back
end

local function put(key, key_expires_at, value, expires, from)
  if not from then
    redis.call('SET', key, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key, from, value)
    if expires ~= key_expires_at then
      redis.call(expiry_command, key, string.format('%d', expires + expiry_base))
    end
  end
end

local answers, n = { time[1], time[2] }, 2
local requests, offset, first_key = ARGV[1], 1, 0
local ceiling_1, given_1_1, patience
do
  local half_0, low_0, half_1, low_1, half_2, low_2, next_offset = struct.unpack('<I7I7I7I7I7I7', ARGV[1], offset)
  ceiling_1, given_1_1, patience, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, next_offset
end

local mode, deadline, at = 0, 0, nil
local charge_1, most_1, unit_1 = 0, 0, 0
local ends_1, counted_then_1 = 0, 0

local key_1, changed_1, used_1, mark_1, stale_1, key_expires_at_1, rest_1 = nil, false
local failure

while offset <= #requests do
  local next_key_1 = KEYS[first_key + 1]
  if key_1 ~= next_key_1 then
    if changed_1 then
      put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1))
    end
    key_1, changed_1 = next_key_1, false
    used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
    if not used_1 and type(mark_1) == 'table' and not string.find(mark_1.err, 'WRONGTYPE', 1, true) then
      failure = mark_1
      break
    end
  end
  -- The number of keys with receipts, and whether this script is the first to give refunds by its id.
  local receipts, fresh = 0, nil

  repeat
    local mode_byte, repeats, more = string.byte(requests, offset, offset + 2)
    offset = offset + 3
    if mode_byte ~= 5 then
      mode = mode_byte
      do
        local half_0, low_0, half_1, low_1, next_offset = struct.unpack('<I7I7I7I7', ARGV[1], offset)
        deadline, charge_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, next_offset
      end
      at = nil
      if mode == 4 then
        do
          local half_0, low_0, half_1, low_1, next_offset = struct.unpack('<I7I7I7I7', ARGV[1], offset)
          most_1, unit_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, next_offset
        end
      elseif mode == 6 then
        do
          local half_0, low_0, half_1, low_1, half_2, low_2, next_offset = struct.unpack('<I7I7I7I7I7I7', ARGV[1], offset)
          at, ends_1, counted_then_1, offset = 2 * half_0 + low_0, 2 * half_1 + low_1, 2 * half_2 + low_2, next_offset
        end
      end
    end

    -- Before a request was made only where the clock was set back since: then its deadline may have passed.
    local late = now > deadline or now < deadline - patience
    if mode == 3 and not late then
      redis.call('DEL', key_1)
      used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
      changed_1, charge_1 = false, 0
    end
    local fault = late and -1
    fault = fault or not used_1 and -2

    local refunds = mode == 2 or mode == 6
    if refunds then
      receipts = 1
    end
    local gives = false
    if refunds and not fault and fresh ~= false then
      gives = gives or charge_1 > 0 and used_1 > 0
    end
    if gives then
      local until_void = math.min(deadline, now + 3600000)
      local keeps = until_void + 1
      local left_1, left_extra_1, value_1, expires_1, from_1 = used_1, rest_1, nil, key_expires_at_1, nil
      if charge_1 > 0 and used_1 > 0 then
        left_1, left_extra_1 = give_back_1(key_1, now, used_1, mark_1, rest_1, 0, charge_1, at, ends_1, counted_then_1, ceiling_1, given_1_1)
      end
      if left_1 > 0 and (left_1 < used_1 or left_extra_1 ~= rest_1) then
        value_1, expires_1, from_1 = save_1(key_1, left_1, mark_1, key_expires_at_1, left_extra_1, 0, ceiling_1, given_1_1)
      end
      keeps = math.max(keeps, expires_1)

      -- A client may send again what lost its reply: an id that is there says that this was given back before. It is kept until
      -- such a request is void, and no shorter than what it was given back from: or a full server would forget the receipt first.
      if fresh == nil then
        local key = KEYS[first_key + 2]
        local id = ARGV[#ARGV] .. string.format(':%d', first_key)
        local added = redis.pcall('ZADD', key, 'NX', string.format('%d', until_void), id)
        if type(added) == 'table' and not string.find(added.err, 'WRONGTYPE', 1, true) then
          failure = added
          break
        end
        fresh = added == 1
        if fresh then
          redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))
          if redis.call('PTTL', key) < (receipts_last or keeps - now) then
            redis.call(expiry_command, key, string.format('%d', receipts_last or keeps))
          end
        end
      end

      -- Written at once and read back, because what is left may have another mark.
      if fresh then
        if left_1 > 0 and (left_1 < used_1 or left_extra_1 ~= rest_1) then
          put(key_1, key_expires_at_1, value_1, expires_1, from_1)
        elseif left_1 < used_1 or left_extra_1 ~= rest_1 then
          redis.call('DEL', key_1)
        end
        if left_1 < used_1 or left_extra_1 ~= rest_1 then
          used_1, mark_1, stale_1, key_expires_at_1, rest_1 = load_1(key_1, now, ceiling_1, given_1_1)
          changed_1 = false
        end
      end
    end
    if refunds then
      charge_1 = 0
    end

    if fault then
      answers[n + 1], answers[n + 2] = -1 - repeats, fault
      n = n + 2
    else
      local charges = mode == 0 or mode == 4 or mode == 7
      local admitted, times, full = charges, 0, repeats > 0
      local found_1, since_1 = used_1, mark_1 - now

      while admitted and times <= repeats do
        admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)

        if admitted then
          times = times + 1
          used_1 = used_1 + charge_1
        end
      end
      if charges then
        if charge_1 > 0 and times > 0 then
          changed_1 = true
          mark_1 = now > mark_1 and now or mark_1
        elseif charge_1 > 0 and stale_1 then
          changed_1 = true
        end
      end
      if mode == 4 and not admitted then
        if math.min(used_1 + charge_1, most_1) > used_1 then
          used_1 = math.min(used_1 + charge_1, most_1)
          mark_1 = now > mark_1 and now or mark_1
          changed_1 = true
        end
        -- From here on it is a cost of 1 that waits.
        charge_1 = unit_1
      end

      local pause_1 = 0
      if not admitted and charge_1 > ceiling_1 - used_1 and charge_1 > 0 and charge_1 <= ceiling_1 then
        pause_1 = wait_1(key_1, now, used_1, mark_1, rest_1, charge_1, ceiling_1, given_1_1)
        full = full or pause_1 > 0
      end

      if full then
        n = n + 1
        answers[n] = -1 - repeats
      end
      -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
      answers[n + 1], answers[n + 2] = found_1 > 2 ^ 52 and string.format('%d', found_1) or found_1, since_1
      n = n + 2

      if full then
        n = n + 1
        answers[n] = pause_1
      end
    end
  until more == 0
  if failure then
    break
  end

  first_key = first_key + 1 + receipts
end

if changed_1 then
  put(key_1, key_expires_at_1, save_1(key_1, used_1, mark_1, key_expires_at_1, rest_1, 0, ceiling_1, given_1_1))
end
return failure or answers
