import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onPath, unpackDebian } from './debian.ts'

const root = join(import.meta.dirname, '..', 'node_modules', '.cache', 'prometheus', 'root')

/** The program `prometheus` or `promtool`: from the PATH, or unpacked earlier; `undefined` where there is none. */
export function findPrometheus(name: 'prometheus' | 'promtool'): string | undefined {
  const unpacked = join(root, 'usr', 'bin', name)
  return onPath(name) ?? (existsSync(unpacked) ? unpacked : undefined)
}

/** The same; where there is none, out of the package of Debian or Ubuntu. Throws an `Error` where that cannot be had. */
export function fetchPrometheus(name: 'prometheus' | 'promtool'): string {
  const found = findPrometheus(name)
  if (found !== undefined) return found
  unpackDebian(root, () => ['prometheus'])
  return join(root, 'usr', 'bin', name)
}
