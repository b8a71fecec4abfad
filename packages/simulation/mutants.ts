import type { Mutant } from '../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'the first of several clients is believed',
    law: { file: 'packages/simulation/src/access-line.property.test.ts', title: 'never takes another for the client' },
    file: 'src/access-client.ts',
    edits: [['client === undefined || candidates.length > 1', 'client === undefined']],
  },
  {
    name: 'a name is the client, whatever identity follows it',
    law: { file: 'packages/simulation/src/access-line.property.test.ts', title: 'never takes another for the client' },
    file: 'src/access-client.ts',
    edits: [['!isAbsent(identity) || user.length > 1', 'user.length > 1']],
  },
  {
    name: 'a name is the client, however many words follow it',
    law: { file: 'packages/simulation/src/access-line.property.test.ts', title: 'never takes another for the client' },
    file: 'src/access-client.ts',
    edits: [['!isAbsent(identity) || user.length > 1', '!isAbsent(identity)']],
  },
  {
    name: 'a virtual host is the client',
    law: { file: 'packages/simulation/src/access-line.property.test.ts', title: 'reads back every record' },
    file: 'src/access-client.ts',
    edits: [['virtualHostPattern.test(first) ||', 'first === undefined ||']],
  },
  {
    name: 'a mapped address is a client of its own',
    law: { file: 'packages/simulation/src/access-line.property.test.ts', title: 'reads back every record' },
    file: 'src/client-address.ts',
    edits: [['if (!address.isIPv4MappedAddress())', 'if (address)']],
  },
  {
    name: 'one CRLF makes CR the end of all lines',
    law: { file: 'packages/simulation/src/log-lines.test.ts', title: 'takes a CRLF for one end of a line' },
    file: 'src/log-lines.ts',
    edits: [['at !== -1 && at < start.length - 1', 'at !== -1']],
  },
  {
    name: 'an endless line is kept whole',
    law: { file: 'packages/simulation/src/log-lines.test.ts', title: 'keeps of an endless line' },
    file: 'src/log-lines.ts',
    edits: [['rest.slice(0, longestLine + 1)', 'rest']],
  },
  {
    name: 'a replay holds all clients to its end',
    law: { file: 'packages/simulation/src/replay.test.ts', title: 'leaves nothing behind' },
    file: 'src/replay.ts',
    edits: [['leaving.until(to, forgottenAtOnce)', 'leaving.until(0, forgottenAtOnce)']],
  },
  {
    name: 'a JSON line is read without its zone',
    law: { file: 'packages/simulation/src/json-line.test.ts', title: 'reads back every time' },
    file: 'src/json-line.ts',
    edits: [["whole - (sign === '-' ? -offset : offset)", "whole - (sign === '-' ? 0 : 0)"]],
  },
]
