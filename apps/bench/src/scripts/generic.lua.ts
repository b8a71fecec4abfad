/** The token bucket that most write: a hash, with floating point, on the server's clock. */
export const hashBucketLua: string = `
-- KEYS      the bucket
-- ARGV      capacity, tokens per ms, cost
-- returns   admitted (0 or 1), whole tokens left, ms to wait
local capacity, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(stored[1]), tonumber(stored[2])
if tokens == nil then
  tokens, at = capacity, now
end
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
if tokens < cost then
  return { 0, math.floor(tokens), math.ceil((cost - tokens) / rate) }
end

tokens = tokens - cost
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - tokens) / rate))
return { 1, math.floor(tokens), 0 }
`

/** The sliding log that most write: a sorted set, on the caller's clock, for unit cost, with no word on when to retry. */
export const zsetLogLua: string = `
-- KEYS      the log
-- ARGV      now and window in ms, limit, a member that no other request has, for how many ms the log is kept
-- returns   admitted (0 or 1), how many are left
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
  return { 0, 0 }
end

redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { 1, limit - count - 1 }
`
