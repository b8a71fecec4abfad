import { createHash } from 'node:crypto'
import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { assemble } from './assemble.ts'

const bucket = tokenBucket({ capacity: 5, refill: 2, per: '1s' })
const window = fixedWindow({ limit: 5, window: '1s' })

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

/** A twin as it stands in the block of its functions. */
function indented(lua: string): string {
  return lua.trim().replace(/^(?=.)/gm, '  ')
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

  it('differ by whatever their text does: format, twin, number of parameters, a wait, a date of charges', () => {
    const others: Policy[] = [
      { ...bucket, format: 'tb2' },
      { ...bucket, lua: `${bucket.lua}\n-- other` },
      { ...bucket, parameters: [...bucket.parameters, 1] },
      { ...bucket, wait: () => 0 },
      { ...bucket, dateCharge: () => 0 },
    ]
    for (const other of others) {
      expect(assemble([other], 'server').batch.sha).not.toBe(assemble([bucket], 'server').batch.sha)
    }
  })

  it('read the clock of the server once, or are given the time', () => {
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
      expect(count(source, indented(bucket.lua))).toBe(1)
      expect(count(source, indented(window.lua))).toBe(1)
      expect(source).toMatch(/^-- tb1, lb1\nlocal load_1, save_1(, give_back_1)?\ndo\n/m)
      expect(source).toMatch(/^-- fw1\nlocal load_2, save_2(, give_back_2)?\ndo\n/m)
    }
  })

  it('have tables for what would be too many locals', () => {
    const many = Array.from({ length: 7 }, () => bucket)
    for (const { source } of Object.values(assemble(many, 'server'))) {
      expect(source).toContain('local policy_7 = {}')
      expect(source).toContain('policy_7.rest, policy_7.counted = load_1(policy_7.key, now, policy_7.ceiling,')
      expect(source).not.toContain('used_7')
    }
  })
})
