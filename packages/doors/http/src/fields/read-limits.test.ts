import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readLimits } from './read-limits.ts'

const now = Date.UTC(2026, 10, 27, 12)
const read = (headers: Record<string, string>) => readLimits(new Headers(headers), now)
const limits = (headers: Record<string, string>) => read(headers).limits

describe('the fields of the IETF draft', () => {
  it('reads draft 11', () => {
    const policy = '"burst";q=100;w=60, "daily";q=1000;w=86400, "bytes";q=65535;qu="content-bytes";w=10;pk=:c2RmakxK:'
    const state = '"burst";r=50;t=30, "daily";r=0;t=3600'
    expect(limits({ 'RateLimit-Policy': policy, RateLimit: state })).toEqual([
      { name: 'burst', limit: 100, windowMs: 60_000, remaining: 50, resetAfterMs: 30_000 },
      { name: 'daily', limit: 1000, windowMs: 86_400_000, remaining: 0, resetAfterMs: 3_600_000 },
      { name: 'bytes', limit: 65_535, windowMs: 10_000, unit: 'content-bytes', partition: 'c2RmakxK' },
    ])
  })

  it('reads a state without a time or a policy, and tells partitions apart', () => {
    expect(limits({ RateLimit: '"a";r=5' })).toEqual([{ name: 'a', remaining: 5 }])
    const policy = '"a";q=1;pk=:YQ==:, "a";q=2;pk=:Yg==:'
    expect(limits({ 'RateLimit-Policy': policy, RateLimit: '"a";r=1;t=0;pk=:YQ==:' })).toEqual([
      { name: 'a', limit: 1, remaining: 1, resetAfterMs: 0, partition: 'YQ==' },
    ])
    expect(limits({ 'RateLimit-Policy': '"a";q=0;w=1, "b";q=1;w=0' })).toEqual([{ name: 'b', limit: 1 }])
  })

  it('reads the next text of the draft', () => {
    expect(limits({ RateLimit: '"default";a=50;w=30;c=1;later' })).toEqual([
      { name: 'default', remaining: 50, resetAfterMs: 30_000 },
    ])
  })

  it.each([
    '"a";r=-1',
    '"a";r=1.5',
    '"a";t=3',
    'a;r=1',
    '1;r=1',
    '("a");r=1',
    '"a";r=1,',
    '"a;r=1',
    '"a";r=1;;',
    '"a";r="1"',
  ])('ignores what is malformed: %s', (value) => {
    expect(limits({ RateLimit: value })).toEqual([])
  })

  it('ignores a malformed item, and keeps the others', () => {
    expect(limits({ RateLimit: '"a";r=-1, "b";r=1;t=x, "c"' })).toEqual([{ name: 'b', remaining: 1 }])
  })

  it('reads draft 7, as express-rate-limit sends it', () => {
    const headers = { RateLimit: 'limit=100, remaining=50, reset=50', 'RateLimit-Policy': '100;w=60' }
    expect(limits(headers)).toEqual([
      { name: 'default', limit: 100, remaining: 50, resetAfterMs: 50_000, windowMs: 60_000 },
    ])
  })

  it('reads draft 6 and earlier', () => {
    const fields = { 'RateLimit-Limit': '100, 100;w=60', 'RateLimit-Remaining': '50', 'RateLimit-Reset': '50' }
    const limit = { name: 'default', limit: 100, remaining: 50, resetAfterMs: 50_000 }
    expect(limits(fields)).toEqual([limit])
    expect(limits({ ...fields, 'RateLimit-Policy': '100;w=60' })).toEqual([{ ...limit, windowMs: 60_000 }])
  })

  it('believes the newest form, where several say the same', () => {
    const headers = { RateLimit: '"a";r=5;t=1', 'RateLimit-Remaining': '6', 'X-RateLimit-Remaining': '7' }
    expect(limits(headers)).toEqual([{ name: 'a', remaining: 5, resetAfterMs: 1000 }])
    expect(limits({ 'X-RateLimit-Remaining': '7', 'RateLimit-Remaining': '6' })).toEqual([
      { name: 'default', remaining: 6 },
    ])
  })

  it('ignores what a cache repeats', () => {
    expect(limits({ RateLimit: '"a";r=5;t=1', Age: '3' })).toEqual([])
  })
})

describe('what large APIs send', () => {
  it('reads requests and tokens, with durations as OpenAI sends them', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    }
    expect(limits(headers)).toEqual([
      { name: 'requests', limit: 60, remaining: 59, resetAfterMs: 12 },
      { name: 'tokens', limit: 150_000, remaining: 149_984, resetAfterMs: 360_000 },
    ])
  })

  it('reads dates as Anthropic sends them, on the clock of the response', () => {
    const headers = {
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-27T10:00:30Z',
      'retry-after': '30',
      date: 'Fri, 27 Nov 2026 10:00:00 GMT',
    }
    expect(read(headers)).toEqual({
      limits: [{ name: 'input-tokens', limit: 40_000, remaining: 0, resetAfterMs: 30_000 }],
      retryAfterMs: 30_000,
    })
  })

  it.each([
    ['epoch seconds', String(now / 1000 + 30), 30_000],
    ['epoch ms', String(now + 30_000), 30_000],
    ['seconds', '30', 30_000],
    ['seconds and a fraction', '1.5', 1500],
    ['RFC 3339', '2026-11-27T13:00:30.5+01:00', 30_500],
    ['a date in the past', String(now / 1000 - 30), 0],
  ])('reads a reset that is %s', (_, reset, resetAfterMs) => {
    const headers = { 'X-RateLimit-Limit': '5000', 'X-RateLimit-Remaining': '4999', 'X-RateLimit-Reset': reset }
    expect(limits(headers)).toEqual([{ name: 'default', limit: 5000, remaining: 4999, resetAfterMs }])
  })

  it.each([
    { limit: '-1', remaining: '-1', reset: '0' },
    { limit: '0', remaining: '0', reset: '0' },
    { limit: '', remaining: '', reset: '' },
    { limit: '60', remaining: '-1', reset: '12ms' },
    { limit: '60', remaining: 'NaN', reset: '12ms' },
    { limit: 'unlimited', remaining: '60', reset: '12ms' },
  ])('ignores numbers that mean nothing: %j', ({ limit, remaining, reset }) => {
    const headers = { 'x-ratelimit-limit-tokens': limit, 'x-ratelimit-remaining-tokens': remaining }
    expect(limits({ ...headers, 'x-ratelimit-reset-tokens': reset })).toEqual([])
  })

  it('does not take a reset of 0 for a time', () => {
    expect(limits({ 'X-RateLimit-Limit': '5', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '0' })).toEqual([
      { name: 'default', limit: 5, remaining: 0 },
    ])
  })

  it('reads the fields of Node', () => {
    expect(readLimits({ ratelimit: ['"a";r=1;t=2', '"b";r=3;t=4'], 'retry-after': '1' }, now)).toEqual({
      limits: [
        { name: 'a', remaining: 1, resetAfterMs: 2000 },
        { name: 'b', remaining: 3, resetAfterMs: 4000 },
      ],
      retryAfterMs: 1000,
    })
  })
})

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['0.25', 250],
    ['Fri, 27 Nov 2026 12:00:30 GMT', 30_000],
    ['Friday, 27-Nov-26 12:00:30 GMT', 30_000],
    ['Fri Nov 27 12:00:30 2026', 30_000],
    ['Fri, 27 Nov 2026 11:00:00 GMT', 0],
    [String(now / 1000 + 30), 30_000],
  ])('reads %s', (value, retryAfterMs) => {
    expect(read({ 'Retry-After': value })).toEqual({ limits: [], retryAfterMs })
  })

  it.each(['', '-1', 'soon', 'Infinity', '1e3', '27 Nov 2026', '12:00', '1h junk', '9'.repeat(400)])(
    'ignores %j',
    (value) => {
      expect(read({ 'Retry-After': value })).toEqual({ limits: [] })
    },
  )

  it('takes a date without a zone for GMT, whatever the zone here', () => {
    vi.stubEnv('TZ', 'America/New_York')
    try {
      expect(new Date(now).getHours()).toBe(7)
      expect(read({ 'Retry-After': 'Fri Nov 27 12:00:30 2026' }).retryAfterMs).toBe(30_000)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('measures a date by the date of the response, whatever the clock here says', () => {
    const headers = { 'Retry-After': 'Fri, 27 Nov 2026 12:00:30 GMT', Date: 'Fri, 27 Nov 2026 12:00:10 GMT' }
    expect(read(headers).retryAfterMs).toBe(20_000)
  })

  it('prefers the form in ms', () => {
    expect(read({ 'Retry-After': '1', 'retry-after-ms': '120' }).retryAfterMs).toBe(120)
    expect(read({ 'Retry-After': '1', 'retry-after-ms': 'x' }).retryAfterMs).toBe(1000)
  })
})

const fieldNames = [
  ...['ratelimit', 'ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'],
  ...['retry-after-ms', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'date', 'age'],
  ...['x-ratelimit-remaining-__proto__', 'anthropic-ratelimit-tokens-reset', 'anthropic-ratelimit-tokens-remaining'],
]
const piece = fc.constantFrom(
  '"a"',
  ';r=',
  ';q=',
  ';t=',
  ';w=',
  ';pk=:',
  ':',
  ', ',
  '1',
  '0',
  '-1',
  '9999999999999999',
  '999999999999999',
  '999999999999999h',
  'ms',
  'm',
  '(',
  ')',
  '@',
  '?',
  '2026-11-27T10:00:30Z',
  'Fri, 27 Nov 2026 12:00:30 GMT',
)
const anything = fc.oneof(
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
  fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('').repeat(10_000).slice(0, 10_240)),
)

it('whatever a server sends is read as whole numbers that make sense, or not at all', () => {
  const wholeOrAbsent = (value: number | undefined, least: number) => {
    if (value !== undefined) expect(Number.isSafeInteger(value) && value >= least, String(value)).toBe(true)
  }
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fieldNames), anything), (fields) => {
      const { limits, retryAfterMs } = readLimits(fields, now)
      wholeOrAbsent(retryAfterMs, 0)
      for (const { limit, windowMs, remaining, resetAfterMs } of limits) {
        wholeOrAbsent(limit, 1)
        wholeOrAbsent(windowMs, 1)
        wholeOrAbsent(remaining, 0)
        wholeOrAbsent(resetAfterMs, 0)
      }
    }),
    { numRuns: 1000 },
  )
})
