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
  {
    name: 'a client with one request more than the quota holds is taken for admitted',
    law: { file: 'tests/simulation/curve.property.test.ts', title: 'has at every limit the number of clients' },
    file: 'src/limit-search.ts',
    edits: [['candidate.limit >= times.length', 'candidate.limit >= times.length - 1']],
  },
  {
    name: 'a client finds the state of another',
    law: { file: 'tests/simulation/curve.property.test.ts', title: 'has at every limit the number of clients' },
    file: 'src/limit-search.ts',
    edits: [['candidate.state.clear()', '']],
  },
  {
    name: 'the search stops one limit too early',
    law: { file: 'tests/simulation/curve.property.test.ts', title: 'has at every limit the number of clients' },
    file: 'src/limit-search.ts',
    edits: [['admitted - refused > 1', 'admitted - refused > 2']],
  },
  {
    name: 'the times of a client are in the order of the lines',
    law: { file: 'tests/simulation/curve.property.test.ts', title: 'has at every limit the number of clients' },
    file: 'src/times-by-client.ts',
    edits: [['starts[client + 1]).sort()', 'starts[client + 1])']],
  },
  {
    name: 'the largest limit of a log is not found',
    law: { file: 'packages/simulation/src/refusal-curve.test.ts', title: 'says which clients no limit' },
    file: 'src/limit-search.ts',
    edits: [['if (isPossible(middle)) possible = middle', 'if (possible === 0) possible = middle']],
  },
  {
    name: 'a curve is made in one piece',
    law: { file: 'packages/simulation/src/refusal-curve.test.ts', title: 'also rests among clients' },
    file: 'src/limit-search.ts',
    edits: [['steps % stepsInChunk === 0', 'steps === 0']],
  },
  {
    name: 'an error of the source of gzip is called broken data',
    law: { file: 'packages/simulation/src/gunzipped.test.ts', title: 'lets an error of the source through' },
    file: 'src/gunzipped.ts',
    edits: [['source.failure() ?? brokenError(error)', 'brokenError(error)']],
  },
]
