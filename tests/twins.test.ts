import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { luaSources } from '../tooling/lua-sources.ts'
import { filesOf, root } from '../tooling/packages.ts'

// Every algorithm that has a Lua twin, found by its file.
const twins = filesOf('packages/algorithms/*/src/*.lua.ts')

function functionsIn(code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([, name]) => name as string)
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

describe.each(twins)('%s', (file) => {
  const lua = luaSources().filter((source) => source.file === file)
  // A function without parameters is there to make those inside it when they are needed.
  const inLua = lua.flatMap(({ code }) => functionsIn(code, /^ *local function (\w+)\(\w/gm)).map(camelCase)
  const typeScript = readFileSync(join(root, file.replace('.lua.ts', '.ts')), 'utf8')
  const inTypeScript = functionsIn(typeScript, /^(?:export )?function (\w+)/gm)

  it('has the functions of its TypeScript twin, in the same order', () => {
    expect(inLua).toEqual(expect.arrayContaining(['load', 'save']))
    // Checks of options and what only TypeScript needs come first; from the first function that both have on, they are the same.
    expect(inTypeScript.slice(inTypeScript.indexOf(inLua[0] as string))).toEqual(inLua)
  })
})
