import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, root } from './packages.ts'

/** A piece of Lua: a template literal of a `.lua.ts` file, or a `.lua` file. */
export interface LuaSource {
  readonly file: string
  readonly name: string
  readonly code: string
  /** Whether it is a script as it is sent, which the packages write out: others are written by hand. */
  readonly isWrittenOut: boolean
}

const literal = /export const (\w+): string = `\n([^`]*)`/g

/** All Lua of the packages, and of those that `new` writes. */
export function luaSources(): LuaSource[] {
  return [...literals(), ...scripts()]
}

function scripts(): LuaSource[] {
  return filesOf('packages/**/scripts/*.lua').map((file) => {
    return { file, name: 'script', code: readFileSync(join(root, file), 'utf8'), isWrittenOut: true }
  })
}

function literals(): LuaSource[] {
  return filesOf('{packages,tooling}/**/src/*.lua.ts').flatMap((file) => {
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

/** Puts other code in the place of a source. */
export function replaceLua({ file, code }: LuaSource, next: string): void {
  const path = join(root, file)
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(code, () => next),
  )
}
