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

describe('the script of a limiter', () => {
  it('is known by the SHA-1 of its source', () => {
    const { source, sha } = assemble([bucket])
    expect(sha).toBe(createHash('sha1').update(source).digest('hex'))
    expect(sha).toMatch(/^[0-9a-f]{40}$/)
  })

  it('is shared by all limiters of the same algorithms, whatever their parameters', () => {
    const other = tokenBucket({ capacity: 7, refill: 1, per: '1d' })
    expect(assemble([bucket, window])).toEqual(assemble([other, fixedWindow({ limit: 9, window: '1h' })]))
    const scripts = [[bucket], [window], [bucket, window], [window, bucket], [bucket, bucket]].map(assemble)
    expect(new Set(scripts.map(({ sha }) => sha)).size).toBe(5)
  })

  it('holds each algorithm once, and each policy of it', () => {
    const leaky = leakyBucket({ capacity: 5, leak: 2, per: '1s' })
    const { source } = assemble([bucket, window, bucket, leaky])
    expect(count(source, bucket.lua.trim())).toBe(2)
    expect(count(source, window.lua.trim())).toBe(1)
    expect(source).toContain(
      [
        'local policies = {',
        '  algorithms.tb1(tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])),',
        '  algorithms.fw1(tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])),',
        '  algorithms.tb1(tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])),',
        '  algorithms.lb1(tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])),',
        '}',
        '',
        'local first_ask = 15',
      ].join('\n'),
    )
  })
})
