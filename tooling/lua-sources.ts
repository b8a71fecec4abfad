import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A piece of Lua that stands in a template literal of a `.lua.ts` file. */
export interface LuaSource {
  readonly file: string
  readonly name: string
  readonly code: string
}

const root = join(import.meta.dirname, '..')
const literal = /export const (\w+): string = `\n([^`]*)`/g

/** All Lua of the packages. */
export function luaSources(): LuaSource[] {
  const files = globSync('packages/**/src/*.lua.ts', { cwd: root, exclude: (name) => name.includes('node_modules') })
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const found = [...text.matchAll(literal)].map(([, name, code]) => ({
      file,
      name: name as string,
      code: code as string,
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
