import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a log forgets an entry a ms early',
    law: 1,
    file: 'src/sliding-log.ts',
    edits: [['firstWhere(log.whens, log.first, horizon)', 'firstWhere(log.whens, log.first, horizon + 1)']],
  },
  {
    name: 'the wait of a log is a ms short',
    law: 2,
    file: 'src/sliding-log.ts',
    edits: [['(log.whens[leaving] as number)) + window - now', '(log.whens[leaving] as number)) + window - now - 1']],
  },
  {
    name: 'the wait of a log is a ms long',
    law: 2,
    file: 'src/sliding-log.lua.ts',
    edits: [['base + date + window - now', 'base + date + window - now + 1']],
  },
  {
    name: 'a refund takes the oldest entry',
    law: 7,
    file: 'src/sliding-log.ts',
    edits: [
      ['if (charge === undefined || charge.at === mark) {', 'if (used === 0) {'],
      ['charge.at <= now - window ||', ''],
    ],
  },
  {
    name: 'the key of a re-dated log lives as long as before',
    law: 8,
    file: 'src/sliding-log.lua.ts',
    edits: [['expires_at - (stored - newest), 0', 'expires_at - (stored - newest), key_expires_at']],
  },
  {
    name: 'a re-dated log lives as long as before',
    law: 8,
    file: 'src/sliding-log.ts',
    edits: [['reading.expiresAt -= stored - newest', '']],
  },
  {
    name: 'state ahead of the clock is never re-dated',
    law: 9,
    file: 'src/sliding-log.lua.ts',
    edits: [['local redated = stored - now > window', 'local redated = stored - now > 2 ^ 53']],
  },
  {
    name: 'a log that is charged expires as this window would have it',
    law: 12,
    file: 'src/sliding-log.ts',
    edits: [['Math.max(reading.expiresAt, reading.mark + window)', 'reading.mark + window']],
  },
  {
    name: 'a log that is charged expires as this window would have it',
    law: 12,
    file: 'src/sliding-log.lua.ts',
    edits: [['math.max(expires_at, ends)', 'ends']],
  },
  {
    name: 'dates before 1970 are not read',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [
      [
        'if (when <= horizon && reading.expiresAt',
        'if (base + (log.whens[0] as number) < 0 || when <= horizon && reading.expiresAt',
      ],
    ],
  },
  {
    name: 'a shorter window lets go of what a longer one holds',
    law: 12,
    file: 'src/sliding-log.ts',
    edits: [['used > loaded && !isHeld', 'used > loaded']],
  },
  {
    name: 'a shorter window lets go of what a longer one holds',
    law: 12,
    file: 'src/sliding-log.lua.ts',
    edits: [['(used <= loaded or is_held)', 'used <= loaded']],
  },
  {
    name: 'a shorter window forgets what a longer one holds',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [['when <= horizon && reading.expiresAt <= now + window', 'when <= horizon']],
  },
  {
    name: 'a shorter window forgets what a longer one holds',
    law: 10,
    file: 'src/sliding-log.lua.ts',
    edits: [['when <= horizon and expires_at <= now + window', 'when <= horizon']],
  },
  {
    name: 'dates before 1970 are foreign',
    law: 17,
    file: 'src/sliding-log.lua.ts',
    edits: [['base + oldest >= -2 ^ 50', 'base + oldest >= 0']],
  },
  {
    name: 'a log keeps a run too many when it is tidied up',
    law: 10,
    file: 'src/sliding-log.lua.ts',
    edits: [
      [
        "string.format('%d', 16 * first), string.format('%d', 16 * last - 1)",
        "string.format('%d', 16 * (first - 1)), string.format('%d', 16 * last - 1)",
      ],
    ],
  },
  {
    name: 'a script tidies up all logs at once',
    law: { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a few logs at most' },
    file: 'src/sliding-log.lua.ts',
    edits: [['moved < 2 ^ 18', 'moved < 2 ^ 53']],
  },
  {
    name: 'a log that is put off is never tidied up',
    law: { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a few logs at most' },
    file: 'src/sliding-log.lua.ts',
    edits: [['and (moved < 2 ^ 18 or first > 4 * live + 256)', 'and moved < 0']],
  },
  {
    name: 'a charge on a full log is a run of its own',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [['if (isFull(view, limit)) {', 'if (limit === 0) {']],
  },
  {
    name: 'a charge on a full log is a run of its own',
    law: 10,
    file: 'src/sliding-log.lua.ts',
    edits: [['elseif used > loaded and is_full', 'elseif false']],
  },
  {
    name: 'a charge on a full log leaves with the newest run',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [['whens[newest] = when\n', 'whens[newest] = whens[newest] as number\n']],
  },
  {
    name: 'the wait after a charge on a full log is that of the newest run',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [['const hasJoined = used > loaded &&', 'const hasJoined = used < loaded &&']],
  },
  {
    name: 'the wait after a charge on a full log is that of the newest run',
    law: 10,
    file: 'src/sliding-log.lua.ts',
    edits: [
      [
        'if used > extra[1] and last - first + 1 >= limit then',
        'if used < extra[1] and last - first + 1 >= limit then',
      ],
    ],
  },
  {
    name: 'totals of a log pass 2^53',
    law: 10,
    file: 'src/sliding-log.ts',
    edits: [['Math.min(spent + used, Number.MAX_SAFE_INTEGER)', 'spent + used']],
  },
  {
    name: 'totals of a log pass 2^53',
    law: 10,
    file: 'src/sliding-log.lua.ts',
    edits: [['if total >= 2 ^ 53 then', 'if total < 0 then']],
  },
  {
    name: 'an entry that has left the window is given back',
    law: 7,
    file: 'src/sliding-log.ts',
    edits: [['charge.at <= now - window || now >= charge.ends || isHeld', 'isHeld']],
  },
  {
    name: 'an entry that has left the window is given back, in Lua',
    law: 7,
    file: 'src/sliding-log.lua.ts',
    edits: [['at <= now - window or now >= ends or is_held', 'is_held']],
  },
  {
    name: 'for an older entry the newest goes',
    law: 7,
    file: 'src/sliding-log.ts',
    edits: [['charge === undefined || charge.at === mark', 'charge === undefined || charge.at > 0']],
  },
]
