import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The program of a name on the PATH; `undefined` where there is none. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** Runs apt-get, and returns what it prints. */
export type Apt = (...args: readonly string[]) => string

/**
 * Unpacks packages of Debian or Ubuntu into the folder `root`: nothing is installed, and no administrator is needed. Throws an `Error`
 * where apt-get is missing, or does not find them.
 */
export function unpackDebian(root: string, names: (apt: Apt) => readonly string[]): void {
  const scratch = `${root}-unpacking-${process.pid}`
  const [lists, archives] = [join(scratch, 'lists'), join(scratch, 'cache')]
  for (const folder of [lists, archives]) mkdirSync(join(folder, 'partial'), { recursive: true })
  mkdirSync(join(archives, 'archives', 'partial'), { recursive: true })
  const apt: Apt = (...args) => {
    const settings = [
      `Dir::State::Lists=${lists}`,
      `Dir::Cache=${archives}`,
      'Debug::NoLocking=1',
      'APT::Sandbox::User=',
    ]
    const options = settings.flatMap((setting) => ['-o', setting])
    return execFileSync('apt-get', [...options, ...args], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
  try {
    apt('-o', 'Acquire::Languages=none', 'update')
    apt('download', ...names(apt))
    for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg-deb', ['-x', join(scratch, file), join(scratch, 'root')])
    }
    renameSync(join(scratch, 'root'), root)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
