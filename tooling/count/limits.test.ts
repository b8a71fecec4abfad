import { describe, expect, it } from 'vitest'
import { countPackages } from './count-packages.ts'
import { functionLengths } from './function-lengths.ts'

const packages = countPackages()

/** What is longer, and why. A new one needs a reason here. */
const longer: Readonly<Record<string, string>> = {
  makeEntries:
    'its functions share two hands, two sums and the rounds; handed from one to another they cost a fifth of a decision',
  mapRows: 'one method for each verb of rows, over two arrays',
  compactRows: 'the same',
  slotIndex: 'the same, over one array',
  check: 'a law, from its generators to what it compares',
  referenceLimiter: 'the specification of a limiter, to be read in one piece',
  ask: 'the same',
  'packages/testkit/src/laws.ts': 'the laws in their order',
}

describe.each(packages)('$name', ({ files, functions, p90 }) => {
  it('has no file above 250 lines', () => {
    expect(files.filter(({ file, lines }) => lines > 250 && !(file in longer))).toEqual([])
  })

  it('has no function above 60 lines, and nine of ten within 31', () => {
    expect(functions.filter(({ name, lines }) => lines > 60 && !(name in longer))).toEqual([])
    expect(p90).toBeLessThanOrEqual(31)
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
