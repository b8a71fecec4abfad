import { createHash } from 'node:crypto'
import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { assemble } from './script.ts'

const bucket = tokenBucket({ capacity: 5, refill: 2, per: '1s' })
const window = fixedWindow({ limit: 5, window: '1s' })

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('the scripts of a limiter', () => {
  it('are known by the SHA-1 of their sources', () => {
    for (const { source, sha } of Object.values(assemble([bucket], 'server'))) {
      expect(sha).toBe(createHash('sha1').update(source).digest('hex'))
      expect(sha).toMatch(/^[0-9a-f]{40}$/)
    }
  })

  it('are shared by all limiters of the same algorithms, whatever their parameters', () => {
    const other = tokenBucket({ capacity: 7, refill: 1, per: '1d' })
    const others = [other, fixedWindow({ limit: 9, window: '1h' })]
    // The same text, not only an equal one: a service may make a limiter for each of its tenants.
    expect(assemble([bucket, window], 'server')).toBe(assemble(others, 'server'))
    expect(assemble([bucket, window], 'injected')).not.toEqual(assemble(others, 'server'))
    const tuples = [[bucket], [window], [bucket, window], [window, bucket], [bucket, bucket]]
    const scripts = tuples.flatMap((tuple) => Object.values(assemble(tuple, 'server')))
    expect(new Set(scripts.map(({ sha }) => sha)).size).toBe(10)
  })

  it('are kept for the hundred that were made last: algorithms without end do not fill the memory', () => {
    const mine = { ...bucket, lua: `${bucket.lua}\n-- mine` }
    const first = assemble([mine], 'server')
    for (let i = 1; i < 100; i += 1) assemble([{ ...bucket, lua: `${bucket.lua}\n-- ${i}` }], 'server')
    expect(assemble([mine], 'server')).toBe(first)
    assemble([{ ...bucket, lua: `${bucket.lua}\n-- one more` }], 'server')
    expect(assemble([mine], 'server')).not.toBe(first)
    expect(assemble([mine], 'server')).toEqual(first)
  })

  it('differ by whatever their text does: format, twin, number of parameters, a wait', () => {
    const others: Policy[] = [
      { ...bucket, format: 'tb2' },
      { ...bucket, lua: `${bucket.lua}\n-- other` },
      { ...bucket, parameters: [...bucket.parameters, 1] },
      { ...bucket, wait: () => 0 },
    ]
    for (const other of others) {
      expect(assemble([other], 'server').batch.sha).not.toBe(assemble([bucket], 'server').batch.sha)
    }
  })

  it('read the clock of the server once, or are told as much', () => {
    for (const { source } of Object.values(assemble([bucket], 'server'))) {
      expect(count(source, "local time = redis.call('TIME')")).toBe(1)
      expect(count(source, "'TIME'")).toBe(1)
    }
    for (const { source } of Object.values(assemble([bucket], 'injected'))) {
      expect(source).toContain('local time = { ARGV[2], ARGV[3] }')
      expect(source).not.toContain("'TIME'")
    }
  })

  it('hold each algorithm once, under all its names', () => {
    const leaky = leakyBucket({ capacity: 5, leak: 2, per: '1s' })
    for (const { source } of Object.values(assemble([bucket, window, bucket, leaky], 'server'))) {
      expect(count(source, bucket.lua.trim())).toBe(1)
      expect(count(source, window.lua.trim())).toBe(1)
      expect(source).toContain('-- tb1, lb1\nlocal load_1, save_1\ndo\n')
      expect(source).toContain('-- fw1\nlocal load_2, save_2\ndo\n')
    }
  })

  it('are written out for their policies', () => {
    const log = slidingLog({ limit: 5, window: '1s' })
    const { lone } = assemble([bucket, log], 'server')
    expect(lone.source.slice(lone.source.indexOf('local admitted'))).toBe(
      `
local admitted = true
admitted = admitted and (charge_1 == 0 or charge_1 <= ceiling_1 - used_1)
admitted = admitted and (charge_2 == 0 or charge_2 <= ceiling_2 - used_2)

local pause_2 = 0
if charge_2 > ceiling_2 - used_2 and charge_2 > 0 and charge_2 <= ceiling_2 then
  pause_2 = wait_2(key_2, now, used_2, mark_2, rest_2, charge_2, ceiling_2, given_1_2)
end

local answer = time[1] .. ' ' .. time[2] .. string.format(' %d %d %d %d %d', used_1, mark_1 - now, used_2, mark_2 - now, pause_2)
if charge_1 > 0 and (admitted or stale_1) then
  if admitted then
    used_1, mark_1 = used_1 + charge_1, now > mark_1 and now or mark_1
  end
  local value, expires, from = save_1(key_1, used_1, mark_1, kept_1, rest_1, ceiling_1, given_1_1, given_2_1)
  if not from then
    redis.call('SET', key_1, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_1, from, value)
    if expires ~= kept_1 then
      redis.call(expiry_command, key_1, string.format('%d', expires + expiry_base))
    end
  end
end
if charge_2 > 0 and (admitted or stale_2) then
  if admitted then
    used_2, mark_2 = used_2 + charge_2, now > mark_2 and now or mark_2
  end
  local value, expires, from = save_2(key_2, used_2, mark_2, kept_2, rest_2, ceiling_2, given_1_2)
  if not from then
    redis.call('SET', key_2, value, expiry_option, string.format('%d', expires + expiry_base))
  else
    redis.call('SETRANGE', key_2, from, value)
    if expires ~= kept_2 then
      redis.call(expiry_command, key_2, string.format('%d', expires + expiry_base))
    end
  end
end

return answer`.trim(),
    )
  })

  it('have tables for what would be too many locals', () => {
    const many = Array.from({ length: 7 }, () => bucket)
    for (const { source } of Object.values(assemble(many, 'server'))) {
      expect(source).toContain('local used = {}')
      expect(source).toContain('used[7], mark[7], stale[7], kept[7], rest[7] = load_1(key[7], now, ceiling[7],')
      expect(source).not.toContain('used_7')
    }
  })
})
