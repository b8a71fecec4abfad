import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

/** What a run ran on and with, in one sentence: the machine, Node, and whatever else is given. */
export function describeMachine(...others: readonly string[]): string {
  const [{ model = 'unknown' } = {}] = cpus()
  const machine = `${cpus().length} × ${model.trim()}, ${process.platform} ${process.arch}`
  return `On ${[machine, `Node ${process.versions.node}`, ...others].join(', ')}.`
}

/** A dependency of the benchmarks with the version that is installed: `limiter 4.1.0`. */
export function installed(name: string): string {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return `${name} ${version}`
}
