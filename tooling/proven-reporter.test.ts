import { describe, expect, it } from 'vitest'
import { type Counts, summary } from './proven-reporter.ts'

const good: Counts = {
  passed: 200,
  failed: 0,
  laws: new Set(['1', '2']),
  pairs: new Set(['a on memory', 'a on redis', 'b on redis']),
  brokenLaws: new Set(),
}
const ended = { errors: 0, reason: 'passed' } as const

describe('the last line of a test run', () => {
  it('says which laws held, and on how many pairs', () => {
    expect(summary(good, ended)).toBe('Proven: 2 laws on 3 pairs of algorithm and store, and 200 tests in all.')
  })

  it('claims no law when none was tried', () => {
    const counts = { ...good, passed: 1, laws: new Set<string>(), pairs: new Set<string>() }
    expect(summary(counts, ended)).toBe('Held: 1 test; the laws were not tried.')
  })

  it('claims nothing when a test failed, and names a law that was broken', () => {
    const counts = { ...good, failed: 1 }
    expect(summary(counts, { errors: 0, reason: 'failed' })).toBe('Not proven: 1 of 201 tests failed.')
    const broken = { ...counts, brokenLaws: new Set(['law 4 (a on redis)']) }
    expect(summary(broken, { errors: 0, reason: 'failed' })).toBe(
      'Not proven: 1 of 201 tests failed, among them law 4 (a on redis).',
    )
  })

  it('names no more than three broken laws', () => {
    const brokenLaws = new Set(['law 1 (a)', 'law 2 (a)', 'law 3 (a)', 'law 4 (a)'])
    const line = summary({ ...good, failed: 4, brokenLaws }, { errors: 0, reason: 'failed' })
    expect(line).toMatch(/among them law 1 \(a\), law 2 \(a\), law 3 \(a\) and others\.$/)
  })

  it.each([
    ['something was thrown outside the tests', { errors: 1, reason: 'passed' }],
    ['the run was interrupted', { errors: 0, reason: 'interrupted' }],
  ] as const)('claims nothing when %s', (_, end) => {
    expect(summary(good, end)).toMatch(/^Not proven: /)
  })
})
