import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a window ends as soon as it has begun',
    law: 1,
    file: 'src/plain-window.lua.ts',
    edits: [['if stored_end <= now then', 'if stored_end > 0 then']],
  },
  {
    name: 'the wait is a ms short',
    law: 2,
    file: 'src/plain-window.ts',
    edits: [['view.mark - now', 'view.mark - now - 1']],
  },
  {
    name: 'a window that lies far ahead of the clock stays there',
    law: 9,
    file: 'src/plain-window.ts',
    edits: [['if (end - now > 2 * length)', 'if (end < 0)']],
  },
  {
    name: 'a window that lies far ahead of the clock stays there',
    law: 10,
    file: 'src/plain-window.lua.ts',
    edits: [['if ends - now > 2 * length then', 'if ends < 0 then']],
  },
  {
    name: 'a shorter window does not wait for the end of a longer one',
    law: 12,
    file: 'src/plain-window.ts',
    edits: [['Math.max(window, reading.scale)', 'window']],
  },
]
