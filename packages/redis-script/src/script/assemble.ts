import { createHash } from 'node:crypto'
import type { Policy } from '@sluice/core'
import { batchHeader, batchScript } from './batch-script.ts'
import { type ClockKind, clockLua } from './clock-lua.ts'
import { loneHeader, loneScript } from './lone-script.ts'
import { lua, paragraphs } from './lua.ts'
import { policiesLua, twinOf } from './policy-lua.ts'

/** A script and the hash that Redis knows it by. */
export interface Script {
  readonly source: string
  readonly sha: string
}

/** The scripts of one limiter. */
export interface Scripts {
  /** For one consume. */
  readonly lone: Script
  /** For any requests. */
  readonly batch: Script
}

/** Those that were put together last, by what they are made of: a service may make a limiter for each of its tenants. */
const assembled = new Map<string, Scripts>()
const mostAssembled = 100

/**
 * The scripts of one limiter: a clock, the Lua twin of each of its algorithms, and what decides, written out for its policies.
 * Parameters are not part of them, so limiters of the same algorithms share their scripts, and their text.
 */
export function assemble(policies: readonly Policy[], clock: ClockKind): Scripts {
  const shapes = policies.map(({ format, lua, giveBackLua, parameters, dateCharge, wait, counts, takesBack }) => [
    format,
    lua,
    giveBackLua,
    parameters.length,
    dateCharge !== undefined,
    wait !== undefined,
    counts === true,
    takesBack,
  ])
  const made = JSON.stringify([clock, shapes])
  const known = assembled.get(made)
  if (known !== undefined) return known
  const scripts = assembleAnew(policies, clock)
  const [oldest] = assembled.keys()
  if (oldest !== undefined && assembled.size >= mostAssembled) assembled.delete(oldest)
  assembled.set(made, scripts)
  return scripts
}

function assembleAnew(policies: readonly Policy[], clock: ClockKind): Scripts {
  const different = policies.filter((policy, i) => twinOf(policy, policies) === i + 1)
  const twins = different.map((policy) => twinLua(policy, policies, 'lone'))
  const refunding = different.map((policy) => twinLua(policy, policies, 'batch'))
  const written = policiesLua(policies)
  return {
    lone: script(paragraphs(loneHeader, clockLua[clock], ...twins, loneScript(written))),
    batch: script(paragraphs(batchHeader, clockLua[clock], ...refunding, batchScript(written))),
  }
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** The functions of an algorithm, numbered like the first policy that has them; `giveBack` only where scripts refund. */
function twinLua(first: Policy, policies: readonly Policy[], form: 'lone' | 'batch'): string {
  const number = twinOf(first, policies)
  const functions = [
    'load',
    'save',
    ...(first.dateCharge === undefined ? [] : ['date_charge']),
    ...(first.wait === undefined ? [] : ['wait']),
    ...(form === 'batch' ? ['give_back'] : []),
  ]
  const numbered = functions.map((name) => `${name}_${number}`).join(', ')
  const formats = new Set(policies.filter((policy) => twinOf(policy, policies) === number).map(({ format }) => format))
  return lua`
    -- ${[...formats].join(', ')}
    local ${numbered}
    do
      ${first.lua.trim()}

      ${form === 'batch' ? first.giveBackLua.trim() : ''}
      ${numbered} = ${functions.join(', ')}
    end
  `
}
