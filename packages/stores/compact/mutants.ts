import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'all states have the scale of the first',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/compact-rows.ts',
    edits: [['if (number !== last) {', 'if (Number.isNaN(last)) {']],
  },
  {
    name: 'a table keeps a number that is given to another',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/compact-rows.ts',
    edits: [['released.push(table.id)\n      table.id = 0', 'released.push(table.id)']],
  },
  {
    name: 'a compact row counts as its key alone',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/compact-rows.ts',
    edits: [['chunk.sizes[row & mask] = bytes', '']],
  },
  {
    name: 'what is removed leaves a gap in the slots',
    law: { file: 'packages/stores/compact/src/slot-index.test.ts', title: 'finds what was added' },
    file: 'src/slot-index.ts',
    edits: [['slots[gap] = slots[slot] as number\n        gap = slot', 'void slot']],
  },
  {
    name: 'a row that belongs into a gap does not move up',
    law: { file: 'packages/stores/compact/src/slot-index.test.ts', title: 'finds what was added' },
    file: 'src/slot-index.ts',
    edits: [['distance(wanted, slot) < distance(gap, slot)', 'distance(wanted, slot) <= distance(gap, slot)']],
  },
  {
    name: 'slots do not go on at the first after the last',
    law: { file: 'packages/stores/compact/src/slot-index.test.ts', title: 'finds what was added' },
    file: 'src/slot-index.ts',
    edits: [['to < from ? to - from + slots.length : to - from', 'to - from']],
  },
  {
    name: 'a NUL at the end of a key leaves its hash as it is',
    law: { file: 'packages/stores/compact/src/key-hash.test.ts', title: 'tells apart' },
    file: 'src/key-hash.ts',
    edits: [['key.charCodeAt(i) + 1', 'key.charCodeAt(i)']],
  },
  {
    name: 'a longer key changes the hashes of all others',
    law: { file: 'packages/stores/compact/src/key-hash.test.ts', title: 'is the same for the same key' },
    file: 'src/key-hash.ts',
    edits: [['more.set(factors)', '']],
  },
]
