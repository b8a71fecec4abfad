/**
 * What runs in Redis around the policies' twins. A script is put together of a clock, the tools, the twins of one limiter's
 * algorithms, and one of two endings: for a batch of asks, or, cheaper, for one consume alone.
 */

/** The server's clock. */
export const serverClockLua: string = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry_option, expiry_command, expiry_base = 'PXAT', 'PEXPIREAT', 0
`

/** An injected clock, in the first two arguments: now, and how long beyond its expiry a key is kept, in real time. */
export const injectedClockLua: string = `
local now, grace = ARGV[1] + 0, ARGV[2] + 0
local expiry_option, expiry_command, expiry_base = 'PX', 'PEXPIRE', grace - now
`

/** What the policies and the endings share. */
export const toolsLua: string = `
-- A whole number below 2^53, and not below the least.
local function whole(number, least)
  return number % 1 == 0 and number >= least and number <= 9007199254740991
end

-- What is stored, or nil when the key is of another type. Any other error stops the script.
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

-- Stores a value together with the date from which losing it is the same as keeping it.
local function put(key, value, expires)
  redis.call('SET', key, value, expiry_option, expires + expiry_base)
end

-- Moves that date of a value that was changed in place.
local function prolong(key, expires)
  redis.call(expiry_command, key, expires + expiry_base)
end

local function fits(policy, reading, cost)
  return cost == 0 or cost * policy.unit <= policy.ceiling - reading.used
end

local function charge(policy, reading, cost)
  reading.used = reading.used + cost * policy.unit
  reading.mark = math.max(reading.mark, now)
end

-- How long to wait, from policies that need their whole state to tell.
local function wait_of(policy, key, reading, cost)
  if policy.wait and cost * policy.unit <= policy.ceiling and not fits(policy, reading, cost) then
    return policy.wait(key, reading, cost, now)
  end
  return 0
end

-- Clients read an integer reply digit by digit, and go wrong within 57 of 2^53; as text it is exact.
local function exact(number)
  return number > 2 ^ 52 and string.format('%.0f', number) or number
end
`

/** Decides one consume. */
export const loneLua: string = `
-- KEYS      one for each policy
-- ARGV      what the clock takes, the policies' parameters, deadline, a cost for each policy
-- returns   now, then for each policy: status (0 fine, 1 not our state, 2 too late), used, mark, wait
if now > ARGV[first_ask] + 0 then
  return { now, 2 }
end

local answers, readings, costs = { now, 0, 0, 0, 0 }, {}, {}
local admitted, intact = true, true

for i = 1, #policies do
  local policy, key, cost = policies[i], KEYS[i], ARGV[first_ask + i] + 0
  local reading = policy.load(key, now)
  local n = 4 * i - 2
  if reading then
    admitted = admitted and fits(policy, reading, cost)
    answers[n], answers[n + 1], answers[n + 2] = 0, exact(reading.used), reading.mark
    answers[n + 3] = wait_of(policy, key, reading, cost)
  else
    intact = false
    answers[n], answers[n + 1], answers[n + 2], answers[n + 3] = 1, 0, 0, 0
  end
  readings[i], costs[i] = reading, cost
end
if not intact then
  return answers
end

for i = 1, #policies do
  local policy, reading, cost = policies[i], readings[i], costs[i]
  if cost > 0 and (admitted or reading.stale) then
    if admitted then
      charge(policy, reading, cost)
    end
    policy.save(KEYS[i], reading)
  end
end
return answers
`

/** Decides any asks, in order, each seeing those before: a cost for each policy of one limiter, admitted all or none. */
export const batchLua: string = `
-- KEYS      one for each (subject, policy), subject by subject
-- ARGV      what the clock takes, the policies' parameters, then for each ask: subject (from 0),
--           mode (0 consume, 1 peek, 2 refund, 3 reset), deadline, a cost for each policy
-- returns   now, then for each ask and policy: status (0 fine, 1 not our state, 2 too late), used, mark, wait
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
  if reading then
    answer(0, exact(reading.used), reading.mark, wait_of(policy, KEYS[index], reading, cost))
  else
    answer(1, 0, 0, 0)
  end
end

for position = first_ask, #ARGV, 3 + width do
  local subject, mode, deadline = ARGV[position] + 0, ARGV[position + 1] + 0, ARGV[position + 2] + 0
  local late = now > deadline
  local admitted, intact = true, true
  local costs = {}
  for i, policy in ipairs(policies) do
    costs[i] = ARGV[position + 2 + i] + 0
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
        charge(policy, readings[index], costs[i])
        changed[index] = true
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
