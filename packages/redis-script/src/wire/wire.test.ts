import { type Ask, DeadlineError, type Policy, StoredStateError } from '@sluice/core'
import { shown } from '@sluice/core/internal'
import { fixedWindow } from '@sluice/fixed-window'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { noDeadline, wire } from './wire.ts'

const bucket = tokenBucket({ capacity: 5, refill: 1, per: '1s' })
const window = fixedWindow({ limit: 5, window: '1s' })
const log = slidingLog({ limit: 5, window: '1s' })

function setUp(...policies: readonly Policy[]) {
  const keysOf = (key: string): string[] => policies.map((_, i) => `${key}:${i}`)
  return wire({ policies, clock: 'server', deadline: 1000, keysOf })
}

function requests(...keys: readonly string[]): Ask[] {
  return keys.map((key) => ({ key, mode: 'consume', costs: [1] }))
}

/** A number as it travels: seven bytes halved, then their low bits. */
function number(text: string, place: number): number {
  const byte = (i: number): number => 2 * text.charCodeAt(14 * place + i) + text.charCodeAt(14 * place + 7 + i)
  return [6, 5, 4, 3, 2, 1, 0].reduce((sum, i) => sum * 256 + byte(i), 0)
}

/** The mode, the repeats and whether there is more, of each run that follows what a window is given. */
function runsOf(text: string): number[][] {
  const runs: number[][] = []
  for (let from = 14 * 4; from < text.length; from += runs.at(-1)?.[0] === 5 ? 3 : 3 + 14 * 2) {
    runs.push([...text.slice(from, from + 3)].map((byte) => byte.charCodeAt(0)))
  }
  return runs
}

describe('numbers', () => {
  it('travel as text of 7 bits, exactly, up to 2^53', () => {
    const { spell } = setUp(window)
    for (const large of [
      0,
      1,
      127,
      128,
      255,
      256,
      60_000,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 48 + 129,
      2 ** 52 + 1,
      2 ** 53 - 1,
    ]) {
      const { args } = spell([{ key: 'a', mode: 'consume', costs: [large] }], [large])
      const text = args[0] as string
      expect(text).toHaveLength(14 * 6)
      expect(Buffer.byteLength(text)).toBe(text.length)
      expect([0, 1, 2, 3, 4, 5].map((place) => number(text, place))).toEqual([5, 1000, 0, 1000, large, large])
    }
  })

  it('past 2^53 are 2^53, and dates before 1970 are 0', () => {
    const { args } = setUp(bucket).spell([{ key: 'a', mode: 'consume', costs: [2 ** 53 - 1] }], [-5])
    expect(number(args[0] as string, 4)).toBe(0)
    expect(number(args[0] as string, 5)).toBe(2 ** 53)
  })
})

describe('a batch', () => {
  it('names each key once, and sends equal requests that follow one another on it as one', () => {
    const { spell } = setUp(window)
    const { keys, args } = spell(requests('a', 'b', 'a', 'a', 'b'), [7, 7, 7, 8, 7])
    expect(keys).toEqual(['a:0', 'b:0'])
    expect(runsOf(args[0] as string)).toEqual([
      [0, 1, 1],
      [0, 0, 0],
      [0, 1, 0],
    ])
  })

  it('sends the mode, the deadline and the costs of a run only where they differ from those of the run before', () => {
    const { spell } = setUp(window)
    const same = requests('a', 'b', 'c', 'd', 'e')
    const dearer: Ask = { key: 'f', mode: 'consume', costs: [2] }
    const peeks = ['g', 'h'].map((key): Ask => ({ key, mode: 'peek', costs: [2] }))
    const resets = ['i', 'j'].map((key): Ask => ({ key, mode: 'reset', costs: [0] }))
    const { args } = spell([...same, dearer, ...peeks, ...resets], [7, 7, 8, 8, 8, 8, 8, 8, 8, 8])
    expect(runsOf(args[0] as string).map(([mode]) => mode)).toEqual([0, 5, 0, 5, 5, 0, 1, 5, 3, 3])
  })

  it('says of a charge what it may come to and what a cost of 1 adds; no charge is a repeat', () => {
    const { spell } = setUp(bucket, window)
    const charge: Ask = { key: 'a', mode: 'charge', costs: [2, 3] }
    const { script, args } = spell([charge, charge], [7, 7])
    expect(script).toBe(spell([charge], [7]).script)
    const runs = (args[0] as string).slice(14 * 7)
    expect(runs).toHaveLength(2 * (3 + 14 * 7))
    expect(runs.slice(0, 3)).toBe('\x04\x00\x01')
    const numbers = [0, 1, 2, 3, 4, 5, 6].map((place) => number(runs.slice(3), place))
    expect(numbers).toEqual([7, 2000, 3, 2 ** 50, 1000, Number.MAX_SAFE_INTEGER, 1])
  })

  it('splits a request that is repeated more than 127 times', () => {
    const { spell, read } = setUp(window)
    const many = requests(...Array.from({ length: 130 }, () => 'a'))
    expect(
      spell(
        many,
        many.map(() => noDeadline),
      ).args[0],
    ).toHaveLength(14 * 4 + 31 + 3)
    const { outcomes } = read(['0', '0', -128, 0, 5, -2, 5, 5], many)
    expect(outcomes).toHaveLength(130)
    expect(outcomes[129]).toEqual({ now: 0, views: [{ used: 5, mark: 5, wait: 0, counted: 0 }] })
  })

  it('of no requests reads the clock', () => {
    const { sounding, read } = setUp(bucket)
    expect(sounding('a').keys).toEqual(['a:0'])
    expect(read(['1800000000', '123999'], [])).toEqual({ now: 1_800_000_000_123, outcomes: [] })
  })
})

describe('a reply', () => {
  it('for one consume is text', () => {
    const { read } = setUp(bucket, log)
    const views = [
      { used: 9_007_199_254_740_991, mark: 5002, wait: 0, counted: 9 },
      { used: 5, mark: 4900, wait: 17, counted: 0 },
    ]
    expect(read('5 999 9007199254740991 2 5 -100 9 17', requests('a'))).toEqual({
      now: 5000,
      outcomes: [{ now: 5000, views }],
    })
    expect(read('5 0 -1', requests('a')).outcomes).toEqual([new DeadlineError()])
    expect(read('5 0 -3', requests('a')).outcomes).toEqual([new StoredStateError('a:1', 'sl1')])
  })

  it('answers each request of a run, up to the refusal', () => {
    const { outcomes } = setUp(log).read(
      ['5', '0', -3, 3, -10, 40, -1, -1, -2, -2, 4, -1],
      [...requests('a', 'b', 'a', 'a', 'c', 'c', 'd')],
    )
    const told = (used: number, mark: number, wait: number) => ({
      now: 5000,
      views: [{ used, mark, wait, counted: 0 }],
    })
    expect(outcomes).toEqual([
      told(3, 4990, 0),
      new DeadlineError(),
      told(4, 5000, 0),
      told(5, 5000, 40),
      new StoredStateError('c:0', 'sl1'),
      new StoredStateError('c:0', 'sl1'),
      // Asked once, without a wait: in brief.
      told(4, 4999, 0),
    ])
  })

  it.each(
    [
      5,
      null,
      'QUEUED',
      'OK',
      '',
      [],
      '1700000000 0',
      '1700000000 0 1.5 0',
      '1700000000 0 1 0',
      '1700000000 0 1 0 7 8',
      ['1700000000', '0'],
      ['1700000000', '0', 0, -1, 0, -1],
      ['1700000000', '0', 1, 0, 0, 0],
      ['1700000000', '0', -2, 0, 0],
      ['1700000000', '0', -1, 0],
      ['1700000000', '0', -1],
      ['1700000000', '0', 0],
      ['1700000000', '0', -1, null, 'x'],
    ].map((reply) => ({ reply })),
  )('that is not of the script is an error: $reply', ({ reply }) => {
    expect(() => setUp(bucket).read(reply, requests('a'))).toThrow(
      new TypeError(`Expected the script to reply with the numbers of its requests, got ${shown(reply)}`),
    )
  })
})
