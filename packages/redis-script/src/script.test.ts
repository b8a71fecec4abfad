import { createHash } from 'node:crypto'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
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
    expect(assemble([bucket, window], 'server')).toEqual(assemble(others, 'server'))
    const tuples = [[bucket], [window], [bucket, window], [window, bucket], [bucket, bucket]]
    const scripts = tuples.flatMap((tuple) => Object.values(assemble(tuple, 'server')))
    expect(new Set(scripts.map(({ sha }) => sha)).size).toBe(10)
  })

  it('read the clock of the server, or take an injected one as their first arguments', () => {
    for (const { source } of Object.values(assemble([bucket], 'server'))) {
      expect(count(source, "redis.call('TIME')")).toBe(1)
      expect(source).toContain("algorithms['tb1'](ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0),")
    }
    for (const { source } of Object.values(assemble([bucket], 'injected'))) {
      expect(source).not.toContain('TIME')
      expect(source).toContain("algorithms['tb1'](ARGV[3] + 0, ARGV[4] + 0, ARGV[5] + 0),")
    }
  })

  it('hold each algorithm once, and each policy of it', () => {
    const leaky = leakyBucket({ capacity: 5, leak: 2, per: '1s' })
    for (const { source } of Object.values(assemble([bucket, window, bucket, leaky], 'server'))) {
      expect(count(source, "algorithms['tb1'] = ")).toBe(1)
      expect(count(source, "algorithms['lb1'] = ")).toBe(1)
      expect(count(source, window.lua.trim())).toBe(1)
      expect(source).toContain(
        [
          'local policies = {',
          "  algorithms['tb1'](ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0),",
          "  algorithms['fw1'](ARGV[4] + 0, ARGV[5] + 0, ARGV[6] + 0),",
          "  algorithms['tb1'](ARGV[7] + 0, ARGV[8] + 0, ARGV[9] + 0),",
          "  algorithms['lb1'](ARGV[10] + 0, ARGV[11] + 0, ARGV[12] + 0),",
          '}',
          '',
          'local first_ask = 13',
        ].join('\n'),
      )
    }
  })
})
