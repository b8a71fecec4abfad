import type { Mutant } from '../../tooling/mutants/mutant.ts'

const file = 'tests/cli/commands.test.ts'
const doctor = 'tests/cli/doctor.test.ts'
const atStore = 'tests/cli/at-a-store.test.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a document that is wrong ends like one that is right',
    law: { file, title: 'ends with 1 and all that is wrong' },
    file: 'src/check-command.ts',
    edits: [['if (!result.valid)', 'if (result.valid)']],
  },
  {
    name: 'who tries limits must know where the store is',
    law: { file, title: 'looks variables up in the environment' },
    file: 'src/read-document.ts',
    edits: [['isObject ? rest : document', 'document']],
  },
  {
    name: 'a refusal is counted for the policy before the one that bound',
    law: { file, title: 'agrees with the packages' },
    file: 'src/replay-limiter.ts',
    edits: [['names.indexOf(policy) + 1', 'Math.max(1, names.indexOf(policy))']],
  },
  {
    name: 'clients that both documents refuse are refused by one alone',
    law: { file, title: 'tells the difference' },
    file: 'src/difference.ts',
    edits: [['counts.other[client] === 0 ? count : 0', 'count']],
  },
  {
    name: 'a share that is just reached is above what may be refused',
    law: { file, title: 'ends with 1 where more clients' },
    file: 'src/replay-command.ts',
    edits: [['> failAbove', '> failAbove + 0.001']],
  },
  {
    name: 'what a log holds becomes part of the page',
    law: { file, title: 'shows the first three lines' },
    file: 'src/replay-report.ts',
    edits: [[".replaceAll('<', '&lt;')", '']],
  },
  {
    name: 'what a log holds steers the terminal',
    law: { file, title: 'shows the first three lines' },
    file: 'src/spelled.ts',
    edits: [[".replaceAll(/[^\\x20-\\x7e]/g, '?')", '']],
  },
  {
    name: 'of several gzip files in one only the first is read',
    law: { file, title: 'reads gzip, several logs' },
    file: 'src/read-logs.ts',
    edits: [['createReadStream(file), byZlib', 'createReadStream(file)']],
  },
  {
    name: 'what is counted for some is told by the limits of all',
    law: { file: atStore, title: 'takes the overrides' },
    file: 'src/inspect-command.ts',
    edits: [['?.for(subject)', '']],
  },
  {
    name: 'the expiry of another state is told',
    law: { file: atStore, title: 'inspect tells what is counted' },
    file: 'src/inspect-command.ts',
    edits: [['name, format, slot)', 'name, format)']],
  },
  {
    name: 'a client is asked to decide by itself where the store does not answer',
    law: { file: atStore, title: 'never tells what a limiter decides' },
    file: 'src/open-store.ts',
    edits: [['...limiter, ...patience', '...patience, ...limiter']],
  },
  {
    name: 'the doctor leaves something behind',
    law: { file: doctor, title: 'leaves nothing there' },
    file: 'src/examine-store.ts',
    edits: [['await forgetRefunds(nodes, opened, [key, name])', '']],
  },
  {
    name: 'the doctor tells what clients say, addresses and all',
    law: { file: doctor, title: 'nobody listens' },
    file: 'src/trouble.ts',
    edits: [['return { code, remedy', 'return { code: (error as Error).message, remedy']],
  },
  {
    name: 'the answer to another command is taken for that to a script',
    law: { file: doctor, title: 'drops EVAL' },
    file: 'src/script-trials.ts',
    edits: [['if (String(reply) !== expected)', 'if (reply === undefined)']],
  },
  {
    name: 'a long key is looked for by its hash',
    law: { file: atStore, title: 'top tells who uses most' },
    file: 'src/sample-store.ts',
    edits: [["key.replace(standIn, '$1%$2')", 'key']],
  },
  {
    name: 'a state in an old form is one of today',
    law: { file: atStore, title: 'looks at a part' },
    file: 'src/stored-name.ts',
    edits: [['format !== format ||', 'format === undefined ||']],
  },
  {
    name: 'who uses least comes first',
    law: { file: atStore, title: 'top tells who uses most' },
    file: 'src/top-command.ts',
    edits: [['other.used / other.limit - one.used / one.limit', 'one.used / one.limit - other.used / other.limit']],
  },
]
