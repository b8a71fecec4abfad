import { each, lua } from './lua.ts'

/** Declares those of the variables that are no fields of tables. */
export function declareLua(variables: readonly string[]): string {
  const locals = variables.filter((variable) => !variable.includes('.'))
  return `local ${locals.join(', ')}`
}

/** Reads numbers that spell-number.ts spelled, from `offset` of ARGV[1] on, into variables that are declared. */
export function readNumbersLua(variables: readonly string[]): string {
  const groups: (readonly string[])[] = []
  for (let from = 0; from < variables.length; from += mostAtOnce) {
    groups.push(variables.slice(from, from + mostAtOnce))
  }
  return each(groups, readLua)
}

/** Each number is read as two locals, of which Lua has 200. */
const mostAtOnce = 25

function readLua(variables: readonly string[]): string {
  const parts = variables.map((_, n) => `half_${n}, low_${n}`).join(', ')
  const sums = variables.map((_, n) => `2 * half_${n} + low_${n}`).join(', ')
  return lua`
    do
      local ${parts}, next_offset = struct.unpack('<${'I7I7'.repeat(variables.length)}', ARGV[1], offset)
      ${variables.join(', ')}, offset = ${sums}, next_offset
    end
  `
}
