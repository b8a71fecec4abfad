import type { Mutant } from '../../../tooling/mutants/mutant.ts'

const ofRefunds = (title: string) => ({
  file: 'packages/algorithms/sliding-counter/src/sliding-counter.test.ts',
  title,
})

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a window that has ended counts for nothing',
    law: 1,
    file: 'src/sliding-counter.ts',
    edits: [['    previous = count\n', '    previous = 0\n']],
  },
  {
    name: 'a window that has ended counts for nothing',
    law: 1,
    file: 'src/sliding-counter.lua.ts',
    edits: [['= previous_length, previous, length, count, 0', '= previous_length, previous, length, 0, 0']],
  },
  {
    name: 'a share is rounded down',
    law: 10,
    file: 'src/sliding-counter.ts',
    edits: [['Math.ceil((count * left) / length)', 'Math.floor((count * left) / length)']],
  },
  {
    name: 'the wait is a ms short, while the window before gets less',
    law: 2,
    file: 'src/sliding-counter.ts',
    edits: [['end - now - leftAt(room - count', 'end - now - 1 - leftAt(room - count']],
  },
  {
    name: 'the wait is a ms long, after the end of the running window',
    law: 2,
    file: 'src/sliding-counter.lua.ts',
    edits: [['ends + window - now - left_at', 'ends + window - now + 1 - left_at']],
  },
  {
    name: 'a charge is taken back from the running window, whenever it was made',
    law: 7,
    file: 'src/sliding-counter.ts',
    edits: [['charge === undefined || charge.at >= start\n', 'charge === undefined || charge.at > 0\n']],
  },
  {
    name: 'a charge is taken back from the running window, whenever it was made',
    law: 7,
    file: 'src/sliding-counter.lua.ts',
    edits: [['local is_own = not at or at >= start\n', 'local is_own = not at or at > 0\n']],
  },
  {
    name: 'a charge is never taken back from the window before',
    law: 7,
    file: 'src/sliding-counter.lua.ts',
    edits: [['at >= start - previous_length', 'at >= start']],
  },
  {
    name: 'a charge that was forgotten is taken back from what came later',
    law: ofRefunds('of a decision that was forgotten gives nothing'),
    file: 'src/sliding-counter.ts',
    edits: [[' || (charge !== undefined && now >= charge.ends)', '']],
  },
  {
    name: 'what a longer window still counts goes with the last that a shorter one counts',
    law: ofRefunds('takes nothing that a longer window still counts'),
    file: 'src/sliding-counter.ts',
    edits: [['reading.expiresAt > 0 && fromOwn', 'reading.expiresAt < 0 && fromOwn']],
  },
  {
    name: 'what only a longer window still counts is not stored again',
    law: ofRefunds('keeps what only a longer window still counts'),
    file: 'src/sliding-counter.ts',
    edits: [['reading.rest = older\n', 'reading.rest = undefined\n']],
  },
  {
    name: 'a state is forgotten when its last window ends',
    law: 8,
    file: 'src/sliding-counter.ts',
    edits: [['Math.max(expiresAt, end + window)', 'Math.max(expiresAt, end)']],
  },
  {
    name: 'a key expires when its last window ends',
    law: 8,
    file: 'src/sliding-counter.lua.ts',
    edits: [['math.max(extra[6], ends + window)', 'math.max(extra[6], ends)']],
  },
  {
    name: 'a window that lies far ahead of the clock stays there',
    law: 9,
    file: 'src/sliding-counter.ts',
    edits: [['const redated = end - now > 2 * length', 'const redated = end < 0']],
  },
  {
    name: 'a window that lies far ahead of the clock stays there',
    law: 9,
    file: 'src/sliding-counter.lua.ts',
    edits: [['local redated = ends - now > 2 * length', 'local redated = ends < 0']],
  },
  {
    name: 'a share of more than 2^53 is rounded',
    law: 10,
    file: 'src/sliding-counter.ts',
    edits: [['count * left <= Number.MAX_SAFE_INTEGER', 'count <= Number.MAX_SAFE_INTEGER']],
  },
  {
    name: 'a share of more than 2^53 is rounded',
    law: 10,
    file: 'src/sliding-counter.lua.ts',
    edits: [['count * left < 2 ^ 53', 'count < 2 ^ 53']],
  },
  {
    name: 'the wait for a share is as near as a division comes',
    law: {
      file: 'packages/algorithms/sliding-counter/src/sliding-counter.property.test.ts',
      title: 'the time to wait for a share is what BigInt makes of it',
    },
    file: 'src/sliding-counter.ts',
    edits: [['<= room) return near + 1', '< 0) return near + 1']],
  },
  {
    name: 'a charge does not move the date on which nothing counts',
    law: 10,
    file: 'src/sliding-counter.ts',
    edits: [['mark - now > window ? mark : mark + window', 'mark']],
  },
  {
    name: 'a charge does not move the date on which nothing counts',
    law: 11,
    file: 'src/sliding-counter.lua.ts',
    edits: [['mark - now > window and mark or mark + window', 'mark']],
  },
  {
    name: 'only a count is written where a window has ended',
    law: 10,
    file: 'src/sliding-counter.lua.ts',
    edits: [['if extra[7] and expires_at == key_expires_at then', 'if key_expires_at > 0 then']],
  },
  {
    name: 'a shorter window does not wait for the end of a longer one',
    law: 12,
    file: 'src/sliding-counter.ts',
    edits: [
      ['Math.max(window - length, 0)', 'window - length'],
      ['length = Math.max(window, length)', 'length = window'],
    ],
  },
  {
    name: 'a shorter window does not wait for the end of a longer one',
    law: 12,
    file: 'src/sliding-counter.lua.ts',
    edits: [['if window > length then', 'if window ~= length then']],
  },
  {
    name: 'a state with more behind it is one',
    law: 17,
    file: 'src/sliding-counter.lua.ts',
    edits: [['if #stored ~= 48 then', 'if #stored < 48 then']],
  },
]
