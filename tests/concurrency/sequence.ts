import type { Policy } from '@sluice/core'

/**
 * A policy that limits nothing and numbers the scripts that touch a key, in the order in which the server runs them: its
 * state is a counter, its `mark` the number. Within a script, decisions are made in the order in which they were asked for.
 */
export const sequence: Policy = {
  algorithm: 'sequence',
  format: 'seq1',
  limit: 1,
  window: 1,
  ceiling: 1,
  unit: 1,
  parameters: [],
  lua: `
local function load(key)
  return 0, redis.call('INCR', key), false, 0
end

local function save() end
`,
  giveBackLua: `
local function give_back(_, _, used, _, extra)
  return used, extra
end
`,
  load: () => {},
  save: () => {},
  giveBack: () => {},
  retryAfter: () => 0,
  resetAfter: () => 0,
}
