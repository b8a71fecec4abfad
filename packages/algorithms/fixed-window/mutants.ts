import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a window starts anew with every request',
    law: 1,
    file: 'src/fixed-window.lua.ts',
    edits: [['if stored_end <= now then', 'if stored_end > 0 then']],
  },
  {
    name: 'a window far ahead is forgotten',
    law: 9,
    file: 'src/fixed-window.ts',
    edits: [
      [
        'reading.stale = ends !== storedEnd',
        'reading.stale = ends !== storedEnd\n  if (ends < storedEnd) reading.used = 0',
      ],
    ],
  },
  {
    name: 'a longer window does not move the end out',
    law: 10,
    file: 'src/fixed-window.lua.ts',
    edits: [['if window > length then', 'if window < 0 then']],
  },
  {
    name: 'only a window that is a multiple moves the end out',
    law: 10,
    file: 'src/fixed-window.ts',
    edits: [['if (window > length) {', 'if (window > length && window % length === 0) {']],
  },
  {
    name: 'only a window that is a multiple moves the end out',
    law: 10,
    file: 'src/fixed-window.lua.ts',
    edits: [['if window > length then', 'if window > length and window % length == 0 then']],
  },
  {
    name: 'a count is forgotten when the window gets shorter',
    law: 12,
    file: 'src/fixed-window.ts',
    edits: [['if (used === 0) {', 'if (used === 0 || reading.scale > window) {\n    reading.used = 0']],
  },
  {
    name: 'a state with more behind it is one',
    law: 17,
    file: 'src/fixed-window.lua.ts',
    edits: [['if #stored ~= 24 then', 'if #stored < 24 then']],
  },
  {
    name: 'a charge is taken back from the next window',
    law: 7,
    file: 'src/fixed-window.ts',
    edits: [['charge === undefined || charge.ends === reading.mark', 'reading.used > 0']],
  },
  {
    name: 'a charge is taken back from the next window, in Lua',
    law: 7,
    file: 'src/fixed-window.lua.ts',
    edits: [['if at and ends ~= mark then', 'if used == 0 then']],
  },
]
