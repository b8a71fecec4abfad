import { createHash } from 'node:crypto'
import type { Policy } from '@sluice/core'
import { decidingLua, openingLua } from './batch.lua.ts'

/** A script and the hash that Redis knows it by. */
export interface Script {
  readonly source: string
  readonly sha: string
}

/**
 * The script of one limiter: what runs around the policies, with the Lua twin of each of its algorithms. Parameters are
 * not part of it, so limiters of the same algorithms share a script.
 */
export function assemble(policies: readonly Policy[]): Script {
  const twins = new Map(policies.map(({ format, lua }) => [format, lua]))
  let argument = 2
  const made = policies.map(({ format, parameters }) => {
    const given = parameters.map(() => {
      argument += 1
      return `tonumber(ARGV[${argument}])`
    })
    return `  algorithms.${format}(${given.join(', ')}),`
  })
  const source = [
    openingLua.trim(),
    'local algorithms = {}',
    ...[...twins].map(([format, lua]) => `algorithms.${format} = (function()\n${lua.trim()}\nend)()`),
    `local policies = {\n${made.join('\n')}\n}`,
    `local first_ask = ${argument + 1}`,
    decidingLua.trim(),
  ].join('\n\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
