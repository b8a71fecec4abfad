import { createHash } from 'node:crypto'
import { injectedClockGraceMs, type Policy } from '@sluice/core'
import { batchLua, injectedClockLua, loneLua, serverClockLua } from './kernel.lua.ts'

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

const clocks: Readonly<Record<ClockKind, string>> = {
  server: serverClockLua,
  injected: injectedClockLua.replace('grace', `${injectedClockGraceMs}`),
}

/** Those that were put together last, by what they are made of: a service may make a limiter for each of its tenants. */
const assembled = new Map<string, Scripts>()
const mostAssembled = 100

/**
 * The scripts of one limiter: what runs around the policies, written out for each of them, with the Lua twin of each of its
 * algorithms. Parameters are not part of them, so limiters of the same algorithms share their scripts, and their text.
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
  const twins = [...new Set(policies.map(({ lua }) => lua))]
  const head = [clocks[clock], ...twins.map((lua) => writeTwin(lua, policies))]
  return {
    lone: script([...head, writeOut(loneLua, policies)]),
    batch: script([...head, writeOut(batchLua, policies)]),
  }
}

function script(parts: readonly string[]): Script {
  const source = parts.map((part) => part.trim()).join('\n\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** The functions of an algorithm, numbered like the first policy that has them. */
function writeTwin(lua: string, policies: readonly Policy[]): string {
  const own = policies.filter((policy) => policy.lua === lua)
  const functions = own[0]?.wait === undefined ? ['load', 'save'] : ['load', 'save', 'wait']
  const numbered = functions.map((name) => `${name}_${twinOf(own[0] as Policy, policies)}`).join(', ')
  const formats = [...new Set(own.map(({ format }) => format))]
  return `
-- ${formats.join(', ')}
local ${numbered}
do
${lua.trim()}
${numbered} = ${functions.join(', ')}
end`
}

function twinOf({ lua }: Policy, policies: readonly Policy[]): number {
  return policies.findIndex((policy) => policy.lua === lua) + 1
}

/** A part of the kernel, written out: kernel.lua.ts says how. */
function writeOut(lua: string, policies: readonly Policy[]): string {
  const name = naming(policies.length)
  const given = policies.map(({ parameters }, i) => [
    name('ceiling', i),
    ...parameters.map((_, n) => name(`given_${n + 1}`, i)),
  ])
  const lists: Record<string, readonly string[]> = {
    given_i: given.flat(),
    charge_i: policies.map((_, i) => name('charge', i)),
    told_i: [
      ...policies.flatMap((_, i) => [name('used', i), `${name('mark', i)} - now`]),
      ...policies.flatMap(({ wait }, i) => (wait === undefined ? [] : [name('pause', i)])),
    ],
  }
  const listed = (names: string): string[] => names.split(', ').flatMap((each) => lists[each] ?? each)

  const writeFor = (lines: string, i: number): string =>
    lines
      .replace(/\b(load|save|wait)_i\b/g, `$1_${twinOf(policies[i] as Policy, policies)}`)
      .replace(/\bgiven_i\b/g, (given[i] as string[]).join(', '))
      .replace(/\b([a-z]+)_i\b/g, (_, variable: string) => name(variable, i))
      .replace(/\blocal (?=\w+\[)/g, '')
      .replace(/\bi\b/g, `${i + 1}`)

  const written = lua
    .replace(/^( *)-- each( that waits)?\n((?:\1[^\n]+\n)+)/gm, (_, _indent, waits, lines: string) =>
      policies.map(({ wait }, i) => (waits && wait === undefined ? '' : writeFor(lines, i))).join(''),
    )
    .replace(/^( *)numbers(_into)?\((.*)\)$/gm, (_, indent: string, into: string | undefined, names: string) =>
      readNumbers(listed(names), into === undefined, indent),
    )
    .replace("'told_i'", `'${lists.told_i?.map(() => ' %d').join('')}'`)
    .replace('told_i', lists.told_i?.join(', ') ?? '')
    .replaceAll('width', `${policies.length}`)
  const tables = new Set(written.match(/\b[a-z_\d]+(?=\[\d+\])/g))
  tables.delete('time')
  return [...[...tables].map((table) => `local ${table} = {}`), written.trim().replace(/\n{3,}/g, '\n\n')].join('\n')
}

/** Lua has room for 200 locals: of many policies, what would be locals are fields of tables. */
function naming(policies: number): (variable: string, i: number) => string {
  return policies > 6 ? (variable, i) => `${variable}[${i + 1}]` : (variable, i) => `${variable}_${i + 1}`
}

/** Reads numbers that wire.ts spelled, a few at a time, from `place` on; into new locals, or those that are there. */
function readNumbers(names: readonly string[], areNew: boolean, indent: string): string {
  const lines: string[] = []
  const locals = areNew ? names.filter((name) => !name.includes('[')) : []
  if (locals.length > 0) lines.push(`local ${locals.join(', ')}`)
  for (let from = 0; from < names.length; from += mostAtOnce) {
    const some = names.slice(from, from + mostAtOnce)
    const parts = some.map((_, n) => `half_${n}, rest_${n}`).join(', ')
    const sums = some.map((_, n) => `2 * half_${n} + rest_${n}`).join(', ')
    const format = 'I7'.repeat(2 * some.length)
    lines.push(
      'do',
      `  local ${parts}, next = struct.unpack('<${format}', ARGV[1], place)`,
      `  ${some.join(', ')}, place = ${sums}, next`,
      'end',
    )
  }
  return lines.map((line) => `${indent}${line}`).join('\n')
}

/** Each is read as two halves, which are locals too. */
const mostAtOnce = 25
