import { createHash } from 'node:crypto'
import type { Policy } from '@sluice/core'
import { batchLua, injectedClockLua, loneLua, serverClockLua, toolsLua } from './kernel.lua.ts'

/** A script and the hash that Redis knows it by. */
export interface Script {
  readonly source: string
  readonly sha: string
}

/** The scripts of one limiter. */
export interface Scripts {
  /** For one consume. */
  readonly lone: Script
  /** For any asks. */
  readonly batch: Script
}

/** Whose clock a script goes by. */
export type ClockKind = 'server' | 'injected'

const clocks = {
  server: { lua: serverClockLua, args: 0 },
  injected: { lua: injectedClockLua, args: 2 },
}

/**
 * The scripts of one limiter: what runs around the policies, with the Lua twin of each of its algorithms. Parameters are
 * not part of them, so limiters of the same algorithms share their scripts.
 */
export function assemble(policies: readonly Policy[], clock: ClockKind): Scripts {
  const twins = new Map(policies.map(({ format, lua }) => [format, lua]))
  let argument = clocks[clock].args
  const made = policies.map(({ format, parameters }) => {
    const given = parameters.map(() => {
      argument += 1
      return `ARGV[${argument}] + 0`
    })
    return `  algorithms['${format}'](${given.join(', ')}),`
  })
  const parts = [
    clocks[clock].lua,
    toolsLua,
    'local algorithms = {}',
    ...[...twins].map(([format, lua]) => `algorithms['${format}'] = (function()\n${lua.trim()}\nend)()`),
    `local policies = {\n${made.join('\n')}\n}`,
    `local first_ask = ${argument + 1}`,
  ]
  return { lone: script([...parts, loneLua]), batch: script([...parts, batchLua]) }
}

function script(parts: readonly string[]): Script {
  const source = parts.map((part) => part.trim()).join('\n\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
