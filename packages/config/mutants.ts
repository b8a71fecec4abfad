import type { Mutant } from '../../tooling/mutants/mutant.ts'

const reload = 'tests/config/reload.property.test.ts'
const documents = 'tests/config/documents.property.test.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a limiter that was handed out keeps its old limits after a reload',
    law: { file: reload, title: 'decides as the packages do' },
    file: 'src/configured-limiter.ts',
    edits: [['if (from !== generation) {', 'if (from === undefined) {']],
  },
  {
    name: 'a reload begins with a full quota',
    law: { file: reload, title: 'neither lose nor grant a unit' },
    file: 'src/family.ts',
    edits: [
      ['  createLimiter,\n', '  createLimiter,\n  memoryStore,\n'],
      [
        'const family = before?.id === idOf(checked) ? before : makeFamily(name, checked, making)',
        'const family = makeFamily(name, checked, { ...making, store: before ? memoryStore() : making.store })',
      ],
    ],
  },
  {
    name: 'half of a wrong document is applied',
    law: { file: documents, title: 'changes nothing of one that is at work' },
    file: 'src/check-sluice.ts',
    edits: [
      [
        '  const checked = checkExpanded(expanded, named, problems)\n  refuseIfWrong()\n',
        '  const checked = checkExpanded(expanded, named, problems)\n',
      ],
    ],
  },
  {
    name: 'a URL with its password stands in an error',
    law: { file: documents, title: 'shows no secret' },
    file: 'src/found.ts',
    edits: [['const mayHoldSecret = /:\\/\\/|:[^@]*@/', 'const mayHoldSecret = /$^/']],
  },
  {
    name: 'the schema that is shipped knows options that no package takes',
    law: { file: documents, title: 'right for both or wrong for both' },
    file: 'src/validator.ts',
    edits: [
      ["    case 'additionalProperties': {", "    case 'additionalItems': {"],
      [
        'if (validate(data)) return []',
        "validate(data)\n    if ((validate.errors ?? []).every(({ keyword }) => keyword === 'additionalProperties')) return []",
      ],
    ],
  },
]
