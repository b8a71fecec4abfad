import { describe, expect, it } from 'vitest'
import { countPackages } from './count-packages.ts'
import { functionLengths } from './function-lengths.ts'

const packages = countPackages()

const core = 'packages/core/src/memory'
const compact = 'packages/stores/compact/src'
const testkit = 'packages/testkit/src'

/** What is longer, and why. A new one needs a reason here. */
const longer: Readonly<Record<string, string>> = {
  [`${core}/entries.ts makeEntries`]: 'its functions share two hands, two sums and the rounds',
  [`${core}/map-rows.ts mapRows`]: 'one method for each verb of rows, over the same chunks',
  [`${compact}/compact-rows.ts compactRows`]: 'the same',
  [`${compact}/slot-index.ts slotIndex`]: 'the same, over one array',
  [`${testkit}/changed-policy.ts check`]: 'a law, from its generators to what it compares',
  [`${testkit}/reference-limiter.ts referenceLimiter`]: 'the specification of a limiter, to be read in one piece',
  [`${testkit}/reference-limiter.ts ask`]: 'the same',
  [`${testkit}/laws.ts`]: 'the laws in their order',
}

/** Packages whose p90 is above 30. The log has 16 functions, so its p90 is its second longest. */
const higher: Readonly<Record<string, number>> = { 'algorithms/sliding-log': 31 }

describe.each(packages)('$name', ({ name: packageName, files, functions, p90 }) => {
  it('has no file above 250 lines', () => {
    expect(files.filter(({ file, lines }) => lines > 250 && !(file in longer))).toEqual([])
  })

  it('has no function above 60 lines, and nine of ten within 30', () => {
    expect(functions.filter(({ file, name, lines }) => lines > 60 && !(`${file} ${name}` in longer))).toEqual([])
    expect(p90).toBeLessThanOrEqual(higher[packageName] ?? 30)
  })
})

it('counts functions by the name of what they are, those inside others too', () => {
  const source = `const outer = (): void => {
  function inner() {
    return 1
  }
  const table = { method(a: number) {
    return a
  }, short: () => 1 }
}`
  expect(functionLengths(source)).toEqual([
    { name: 'outer', lines: 8 },
    { name: 'inner', lines: 3 },
    { name: 'method', lines: 3 },
  ])
})
