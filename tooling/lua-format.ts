import { execFileSync } from 'node:child_process'
import { luaSources, replaceLua } from './lua-sources.ts'

// Formats the Lua of the packages with StyLua; without --write it only tells what would change. Scripts as they are sent must be
// written out in this format, but for the length of their lines.
const write = process.argv.includes('--write')
const options = [
  '--indent-type',
  'Spaces',
  '--indent-width',
  '2',
  '--quote-style',
  'AutoPreferSingle',
  '--syntax',
  'Lua51',
]

const sources = luaSources()
const changed = sources.filter((source) => {
  const width = source.isWrittenOut ? '1000' : '140'
  const formatted = execFileSync('stylua', [...options, '--column-width', width, '-'], {
    input: source.code,
    encoding: 'utf8',
  })
  if (formatted === source.code) return false
  if (source.isWrittenOut) console.error(`${source.file} is not formatted; change what writes it out`)
  else if (write) replaceLua(source, formatted)
  else console.error(`${source.file}: ${source.name} is not formatted; run \`pnpm format\``)
  return true
})
console.log(`Lua: ${sources.length} sources, ${changed.length} ${write ? 'formatted' : 'to format'}`)
if (!write && changed.length > 0) process.exitCode = 1
