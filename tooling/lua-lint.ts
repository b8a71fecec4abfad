import luaparse, { type Chunk, type Identifier } from 'luaparse'
import { type LuaSource, luaSources } from './lua-sources.ts'

// Lints the Lua of the packages: what it may name, what goes wrong on numbers, and what not every server has.

/** What Redis gives a script. */
const ofRedis = ['redis', 'struct', 'KEYS', 'ARGV', 'math', 'string', 'table', 'tonumber', 'ipairs', 'type']

/** What the scripts give the policies, and get from them; a policy need not use all. */
const ofScripts = new Set(['moved', 'load', 'save', 'date_charge', 'wait', 'give_back'])

/** What a clock gives a script, which need not use all. */
const ofClocks = new Set(['expiry_option', 'expiry_command', 'expiry_base', 'receipts_last'])

const banned: readonly [RegExp, string][] = [
  [/\btostring\b/, 'tostring keeps 14 digits; use string.format("%.0f")'],
  [/(?<!\.)\bunpack\s*\(/, 'unpack is not in every server'],
  [/\bcjson\b/, 'cjson keeps 14 digits'],
  [/\bmath\.pow\b|\btable\.getn\b|\bloadstring\b/, 'not in every Lua'],
]

function lint({ file, name, code, isWrittenOut }: LuaSource): string[] {
  const uses = new Map<string, number[]>()
  const chunk = luaparse.parse(code, {
    luaVersion: '5.1',
    locations: true,
    scope: true,
    onCreateNode(node) {
      if (node.type === 'Identifier') uses.set(node.name, [...(uses.get(node.name) ?? []), node.loc?.start.line ?? 0])
    },
  }) as Chunk & { readonly globals: readonly Identifier[] }

  // A piece that is put behind another says what it uses of that.
  const outside = /^-- defined outside: ([\w, ]+)/m.exec(code)?.[1] ?? ''
  const foreign = chunk.globals
    .filter(
      (global) =>
        !ofRedis.includes(global.name) &&
        !outside.includes(global.name) &&
        (isWrittenOut || !ofScripts.has(global.name)),
    )
    .map((global) => ({ line: uses.get(global.name)?.[0] ?? 0, message: `${global.name} is neither local nor known` }))
  const unused = [...uses]
    .filter(([word, lines]) => lines.length === 1 && declares(code, word))
    .map(([word, lines]) => ({ line: lines[0] ?? 0, message: `${word} is never used` }))
  const rules = code.split('\n').flatMap((text, i) => {
    const bare = text.replace(/--.*/, '').replace(/'[^']*'/g, "''")
    return banned.filter(([pattern]) => pattern.test(bare)).map(([, message]) => ({ line: i + 1, message }))
  })
  return [...foreign, ...unused, ...rules].map(({ line, message }) => `${file}: ${name}, line ${line}: ${message}`)
}

function declares(code: string, word: string): boolean {
  return (
    !word.startsWith('_') &&
    !ofScripts.has(word) &&
    !ofClocks.has(word) &&
    new RegExp(`\\blocal\\b[^=\\n]*\\b${word}\\b`).test(code)
  )
}

const sources = luaSources()
const findings = sources.flatMap(lint)
for (const finding of findings) console.error(finding)
console.log(`Lua: ${sources.length} sources, ${findings.length} findings`)
if (findings.length > 0) process.exitCode = 1
