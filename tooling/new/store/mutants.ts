import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'limiters of other names share what they hold',
    law: 5,
    file: 'src/plain-shelf-store.ts',
    edits: [['[name, own, policy.format], graceMs', "['', own, policy.format], graceMs"]],
  },
  {
    name: 'states are removed as soon as they expire, though the clock may go back',
    law: 10,
    file: 'src/plain-shelf-store.ts',
    edits: [['sweep(shelf, now - graceMs)', 'sweep(shelf, now)']],
  },
  {
    name: 'states that still count are removed',
    law: 10,
    file: 'src/plain-shelf-store.ts',
    edits: [['if (state.keepUntil > before) shelf.set(id, state)', '']],
  },
  {
    name: 'expired states are never removed',
    law: { file: 'packages/stores/plain-shelf/src/plain-shelf-store.test.ts', title: 'each new key removes' },
    file: 'src/plain-shelf-store.ts',
    edits: [['if (place === undefined) sweep', 'if (now < 0) sweep']],
  },
]
