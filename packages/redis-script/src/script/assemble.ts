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
  const shapes = policies.map(({ format, lua, parameters, wait }) => [
    format,
    lua,
    parameters.length,
    wait !== undefined,
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
  const texts = [...new Set(policies.map(({ lua }) => lua))]
  const twins = texts.map((text) => twinLua(text, policies))
  const written = policiesLua(policies)
  return {
    lone: script(paragraphs(loneHeader, clockLua[clock], ...twins, loneScript(written))),
    batch: script(paragraphs(batchHeader, clockLua[clock], ...twins, batchScript(written))),
  }
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** The functions of an algorithm, numbered like the first policy that has them. */
function twinLua(text: string, policies: readonly Policy[]): string {
  const own = policies.filter((policy) => policy.lua === text)
  const first = own[0] as Policy
  const functions = first.wait === undefined ? ['load', 'save'] : ['load', 'save', 'wait']
  const numbered = functions.map((name) => `${name}_${twinOf(first, policies)}`).join(', ')
  const formats = [...new Set(own.map(({ format }) => format))]
  return lua`
    -- ${formats.join(', ')}
    local ${numbered}
    do
      ${text.trim()}
      ${numbered} = ${functions.join(', ')}
    end
  `
}
