/** What runs in Redis around the policies' twins: `openingLua`, the policies of one limiter, `decidingLua`. */
export const openingLua: string = `
-- Decides a batch of asks, in order: each is a cost for each policy of one limiter, admitted all or none.
-- KEYS      one for each (subject, policy), subject by subject
-- ARGV      now (-1: this server's clock), grace in ms, the policies' parameters, then for each ask:
--           subject (from 0), mode (0 consume, 1 peek, 2 refund, 3 reset), deadline (0: none), a cost for each policy
-- returns   now, then for each ask and policy: status (0 fine, 1 not our state, 2 too late), used, mark, wait
local now, grace = tonumber(ARGV[1]), tonumber(ARGV[2])
local expiry_option, expiry_command, expiry_base = 'PX', 'PEXPIRE', grace - now
if now < 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  expiry_option, expiry_command, expiry_base = 'PXAT', 'PEXPIREAT', 0
end

-- For the policies: a whole number below 2^53, and not below the least.
local function whole(number, least)
  return number % 1 == 0 and number >= least and number <= 9007199254740991
end

-- For the policies: what is stored, or nil when the key is of another type. Any other error stops the script, before it
-- has written anything: all reading comes first.
local function read(command, key, ...)
  local stored = redis.pcall(command, key, ...)
  if type(stored) ~= 'table' then
    return stored
  end
  if string.find(stored.err, 'WRONGTYPE', 1, true) then
    return nil
  end
  return redis.call(command, key, ...)
end

-- For the policies: stores a value together with the date from which losing it is the same as keeping it.
local function put(key, value, expires)
  redis.call('SET', key, value, expiry_option, expires + expiry_base)
end

-- For the policies: moves that date of a value that was changed in place.
local function prolong(key, expires)
  redis.call(expiry_command, key, expires + expiry_base)
end
`

export const decidingLua: string = `
local width = #policies
local readings, changed = {}, {}

local function reading_of(index, policy)
  local reading = readings[index]
  if reading == nil then
    reading = policy.load(KEYS[index], now) or false
    readings[index] = reading
  end
  return reading
end

local function flush(index, policy)
  if not changed[index] then
    return
  end
  changed[index] = nil
  local reading = readings[index]
  if reading.used > 0 then
    policy.save(KEYS[index], reading)
  else
    redis.call('DEL', KEYS[index])
  end
end

local function fits(policy, reading, cost)
  return cost == 0 or cost * policy.unit <= policy.ceiling - reading.used
end

local function charge(index, policy, cost)
  local reading = readings[index]
  reading.used = reading.used + cost * policy.unit
  reading.mark = math.max(reading.mark, now)
  changed[index] = true
end

-- Written at once and read back, because what is left may have another mark.
local function refund(index, policy, cost)
  local reading = readings[index]
  if cost > 0 and reading.used > 0 then
    reading.used = reading.used - cost * policy.unit
    changed[index] = true
    flush(index, policy)
    readings[index] = nil
  end
end

local function reset(index)
  redis.call('DEL', KEYS[index])
  readings[index] = nil
  changed[index] = nil
end

local answers = { now }

local function answer(status, used, mark, wait)
  local n = #answers
  answers[n + 1], answers[n + 2], answers[n + 3], answers[n + 4] = status, used, mark, wait
end

local function tell(index, policy, cost)
  local reading = reading_of(index, policy)
  if not reading then
    return answer(1, 0, 0, 0)
  end
  local wait = 0
  if policy.wait and cost <= policy.ceiling and not fits(policy, reading, cost) then
    wait = policy.wait(KEYS[index], reading, cost, now)
  end
  -- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
  local used = reading.used
  answer(0, used > 2 ^ 52 and string.format('%.0f', used) or used, reading.mark, wait)
end

for position = first_ask, #ARGV, 3 + width do
  local subject, mode, deadline = tonumber(ARGV[position]), tonumber(ARGV[position + 1]), tonumber(ARGV[position + 2])
  local late = deadline > 0 and now > deadline
  local admitted, intact = true, true
  local costs = {}
  for i, policy in ipairs(policies) do
    costs[i] = tonumber(ARGV[position + 2 + i])
    local index = subject * width + i
    if mode == 3 and not late then
      reset(index)
    end
    local reading = reading_of(index, policy)
    intact = intact and reading
    admitted = admitted and reading and fits(policy, reading, costs[i])
  end

  if intact and not late and mode == 2 then
    for i, policy in ipairs(policies) do
      refund(subject * width + i, policy, costs[i])
      costs[i] = 0
    end
  end
  for i, policy in ipairs(policies) do
    if late then
      answer(2, 0, 0, 0)
    else
      tell(subject * width + i, policy, costs[i])
    end
  end
  if intact and not late and mode == 0 then
    for i, policy in ipairs(policies) do
      local index = subject * width + i
      if costs[i] > 0 and admitted then
        charge(index, policy, costs[i])
      elseif costs[i] > 0 and readings[index].stale then
        changed[index] = true
      end
    end
  end
end

for index = 1, #KEYS do
  flush(index, policies[(index - 1) % width + 1])
end
return answers
`
