import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'what Sentinels lost the reply to is sent again',
    law: { file: 'packages/stores/redis/src/redis-store.test.ts', title: 'of Sentinels sends nothing again' },
    file: 'src/sentinel.ts',
    edits: [['    sent.abort()\n', '']],
  },
]
