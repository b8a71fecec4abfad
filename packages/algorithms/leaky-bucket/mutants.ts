import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'nobody is told to wait',
    law: 14,
    file: 'src/leaky-bucket.ts',
    edits: [['policy.resetAfter(used, mark, now)', 'policy.resetAfter(used, mark, now) * 0']],
  },
  {
    name: 'a turn is given twice',
    law: {
      file: 'packages/algorithms/leaky-bucket/src/leaky-bucket.test.ts',
      title: 'takes back only the last charge, because no turn is given twice',
    },
    file: 'src/leaky-bucket.ts',
    edits: [["    takesBack: 'last',\n", '']],
  },
]
