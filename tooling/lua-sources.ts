import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A piece of Lua: a template literal of a `.lua.ts` file, or a `.lua` file. */
export interface LuaSource {
  readonly file: string
  readonly name: string
  readonly code: string
  /** Whether it is a script as it is sent, which the packages write out: others are written by hand. */
  readonly isWrittenOut: boolean
}

const root = join(import.meta.dirname, '..')
const literal = /export const (\w+): string = `\n([^`]*)`/g

/** All Lua of the packages. */
export function luaSources(): LuaSource[] {
  return [...literals(), ...scripts()]
}

function scripts(): LuaSource[] {
  return filesOf('packages/redis-script/scripts/*.lua').map((file) => {
    return { file, name: 'script', code: readFileSync(join(root, file), 'utf8'), isWrittenOut: true }
  })
}

function literals(): LuaSource[] {
  return filesOf('packages/**/src/*.lua.ts').flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const found = [...text.matchAll(literal)].map(([, name, code]) => ({
      file,
      name: name as string,
      code: code as string,
      isWrittenOut: false,
    }))
    if (found.length === 0) throw new Error(`Expected ${file} to export Lua in a template literal, found none`)
    return found
  })
}

function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') }).sort()
}

/** Puts other code in the place of a source. */
export function replaceLua({ file, code }: LuaSource, next: string): void {
  const path = join(root, file)
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(code, () => next),
  )
}
