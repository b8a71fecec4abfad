import type { Mutant } from '../../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a bucket drains twice as fast',
    law: 1,
    file: 'src/debt.ts',
    edits: [['reading.used + (date - now) * rate', 'reading.used + 2 * (date - now) * rate']],
  },
  {
    name: 'a bucket drains twice as fast',
    law: 1,
    file: 'src/debt.lua.ts',
    edits: [['debt + (date - now) * rate', 'debt + 2 * (date - now) * rate']],
  },
  {
    name: 'the wait of a bucket is rounded down',
    law: 2,
    file: 'src/debt.ts',
    edits: [['mark - now + Math.ceil((cost * unit', 'mark - now + Math.floor((cost * unit']],
  },
  {
    name: 'an expiry is rounded down',
    law: 8,
    file: 'src/debt.ts',
    edits: [['Math.ceil(reading.used / rate), lastDate)', 'Math.floor(reading.used / rate), lastDate)']],
  },
  {
    name: 'the key of a re-dated debt lives as long as before',
    law: 8,
    file: 'src/debt.lua.ts',
    edits: [['expires_at - (date - now), 0, now', 'expires_at - (date - now), key_expires_at, now']],
  },
  {
    name: 'a re-dated debt lives as long as before',
    law: 8,
    file: 'src/debt.ts',
    edits: [['reading.expiresAt -= date - now', '']],
  },
  {
    name: 'state ahead of the clock is never re-dated',
    law: 9,
    file: 'src/debt.ts',
    edits: [['date - now > Math.ceil(ceiling / rate)', 'date - now > 2 ** 53']],
  },
  {
    name: 'time that went back is credited',
    law: 9,
    file: 'src/debt.lua.ts',
    edits: [
      ['  local mark = math.min(date', '  used = used - math.max(0, ahead) * rate\n  local mark = math.min(date'],
    ],
  },
  {
    name: 'a debt in new credits is rounded down',
    law: 10,
    file: 'src/debt.ts',
    edits: [['(remainder > 0 ? 1 : 0)', '0']],
  },
  {
    name: 'a debt in new credits is rounded down',
    law: 10,
    file: 'src/debt.lua.ts',
    edits: [['remainder > 0 and 1 or 0', '0']],
  },
  {
    name: 'a debt is clamped to the new capacity',
    law: 10,
    file: 'src/debt.ts',
    edits: [['const used = reading.used +', 'const used = Math.min(reading.used, ceiling) +']],
  },
  {
    name: 'a debt past 2^53 is as if it were 2^53',
    law: 10,
    file: 'src/debt.ts',
    edits: [['after: Math.max(0, ms - within)', 'after: 0']],
  },
  {
    name: 'a debt past 2^53 is as if it were 2^53',
    law: 10,
    file: 'src/debt.lua.ts',
    edits: [['math.max(0, ms - within)', '0']],
  },
  {
    name: 'a debt that is charged expires as these options would have it',
    law: 12,
    file: 'src/debt.ts',
    edits: [['Math.max(reading.expiresAt, ends)', 'ends']],
  },
  {
    name: 'a debt that is charged expires as these options would have it',
    law: 12,
    file: 'src/debt.lua.ts',
    edits: [['if expires_at < ends then', 'if expires_at ~= ends then']],
  },
  {
    name: 'a debt is taken over in old credits',
    law: 12,
    file: 'src/debt.ts',
    edits: [['if (scale !== unit) ({', 'if (scale === 0) ({']],
  },
  {
    name: 'a debt is taken over in old credits',
    law: 12,
    file: 'src/debt.lua.ts',
    edits: [['if scale ~= unit then', 'if scale == 0 then']],
  },
  {
    name: 'a refusal saves a debt as it was converted',
    law: 10,
    file: 'src/debt.ts',
    edits: [['if (reading.used !== loaded && after === 0) return', 'if (after === 0) return']],
  },
  {
    name: 'a refusal saves a debt as it was converted',
    law: 12,
    file: 'src/debt.lua.ts',
    edits: [['if used == extra[5] or extra[6] > 0 then', 'if used < 0 then']],
  },
  {
    name: 'turns come twice as fast as the rate says',
    law: 14,
    file: 'src/debt.ts',
    edits: [['mark - now + Math.ceil(used / rate),', 'mark - now + Math.ceil(used / rate / 2),']],
  },
  {
    name: 'a state of the last date of all is foreign',
    law: 17,
    file: 'src/debt.lua.ts',
    edits: [['at < 2 ^ 53', 'at < 2 ^ 52']],
  },
  {
    name: 'a state with more behind it is one',
    law: 17,
    file: 'src/debt.lua.ts',
    edits: [['if #stored ~= 48 then', 'if #stored < 48 then']],
  },
  {
    name: 'a state of the last date of all is none',
    law: 17,
    file: 'src/debt.ts',
    edits: [['if (reading.expiresAt === 0)', 'if (reading.expiresAt === 0 || date >= 2 ** 52)']],
  },
  {
    name: 'a charge adds to a debt past 2^53',
    law: 10,
    file: 'src/debt.ts',
    edits: [['Number.MAX_SAFE_INTEGER - rate)', 'Number.MAX_SAFE_INTEGER)']],
  },
  {
    name: 'what was charged since is taken back too',
    law: 7,
    file: 'src/debt.ts',
    edits: [['used - since * unit', 'used']],
  },
  {
    name: 'what was charged since is taken back too, in Lua',
    law: 7,
    file: 'src/debt.lua.ts',
    edits: [['used - since * unit', 'used']],
  },
  {
    name: 'a refund shortens the life of a debt',
    law: {
      file: 'packages/algorithms/token-bucket/src/token-bucket.test.ts',
      title: 'gives nothing of what was charged after all before it was given back',
    },
    file: 'src/debt.ts',
    edits: [
      [
        '  reading.expiresAt = Math.max(reading.expiresAt, Math.min(mark + Math.ceil(used / rate), lastDate))\n',
        '  reading.expiresAt = 0\n',
      ],
    ],
  },
]
