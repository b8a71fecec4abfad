import { posix } from 'node:path'
import type { HousePackage } from './house.ts'

/** One import of a source of a package. */
export interface Import {
  /** The file that imports, in the package. */
  readonly file: string
  /** What is imported: as it is written, or the file in the package where it is one. */
  readonly target: string
  /** Whether it is there for types alone, and gone when it runs. */
  readonly isType: boolean
}

const statement = /^(?:import|export)\s+(type\s+)?[^'"`;]*?\bfrom\s+'([^']+)'|\bimport\('([^']+)'\)/gm

/** The imports of all sources of a package; not those of its tests. */
export function importsOf({ files }: HousePackage): readonly Import[] {
  const sources = Object.entries(files).filter(([file]) => file.startsWith('src/') && !file.endsWith('.test.ts'))
  return sources.flatMap(([file, text]) =>
    [...text.matchAll(statement)].map(([, type, named, called]) => {
      const written = (named ?? called) as string
      const target = written.startsWith('.') ? posix.join(posix.dirname(file), written) : written
      return { file, target, isType: type !== undefined }
    }),
  )
}

/** The packages of the house that a specifier names: `@sluice/core` for `@sluice/core/internal`. */
export function packageOf(target: string): string | undefined {
  return /^@sluice\/[^/]+/.exec(target)?.[0]
}

/** A way that comes back to where it starts, or none; `to` says where one may go from each. */
export function circleIn(to: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (at: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at]
    if (done.has(at)) return undefined
    for (const next of to.get(at) ?? []) {
      const circle = visit(next, [...way, at])
      if (circle !== undefined) return circle
    }
    done.add(at)
    return undefined
  }
  for (const start of to.keys()) {
    const circle = visit(start, [])
    if (circle !== undefined) return circle
  }
  return undefined
}
