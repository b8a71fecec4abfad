import { readFile, realpath } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { installedAsModule, installedIn, installedPackages } from './installed/installed-packages.ts'

/** A file as the browser gets it. */
export interface PageFile {
  readonly type: string
  readonly body: string
}

const demo = join(import.meta.dirname, '..')
const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', ts: 'text/javascript' } as const

/** What may be served of the demo itself: the page, and what it shares with the server. */
const roots: readonly { readonly path: RegExp; readonly folder: string }[] = [
  { path: /^\/page\/([a-z-]+\.(?:ts|js|css))$/, folder: join(demo, 'page') },
  { path: /^\/src\/((?:comparison|log|picture)\/[a-z-]+\.ts)$/, folder: join(demo, 'src') },
]

/** A source of a package that the page runs. */
const packageSource = /^\/packages\/@sluice\/([a-z-]+)\/([a-z/-]+(?:\.lua)?\.ts)$/

/**
 * The file at a path of the demo's address, as JavaScript where it is TypeScript; `undefined` where there is none. Packages
 * come from the first of `folders` that has them.
 */
export async function pageFile(path: string, folders: readonly string[] = installedIn): Promise<PageFile | undefined> {
  if (path === '/packages/ipaddr.js') return { type: types.js, body: asModule(await readIpaddr()) }
  if (path === '/src/installed/installed-algorithms.ts') {
    return { type: types.ts, body: forBrowser(installedAsModule(installedPackages(folders))) }
  }
  for (const file of filesAt(path, folders)) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const kind = file.slice(file.lastIndexOf('.') + 1) as keyof typeof types
    return { type: types[kind], body: kind === 'ts' ? forBrowser(text) : text }
  }
  return undefined
}

/** Where the file at a path may lie. */
function filesAt(path: string, folders: readonly string[]): readonly string[] {
  if (path === '/') return [join(demo, 'page', 'index.html')]
  const [, name, source] = packageSource.exec(path) ?? []
  if (name !== undefined && source !== undefined) {
    return folders.map((folder) => join(folder, '@sluice', name, 'src', source))
  }
  return roots.flatMap(({ path: pattern, folder }) => {
    const file = pattern.exec(path)?.[1]
    return file === undefined ? [] : [join(folder, file)]
  })
}

/**
 * Without its types, and with the addresses of packages in the place of their names, which workers could not map. Only what
 * begins a line is an import: the programs to copy hold such lines as text.
 */
function forBrowser(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(
    /^((?:import\b|export\b|\})[^'"`]*? from )'([^']+)'/gm,
    (_, start: string, name: string) => `${start}'${addressOf(name)}'`,
  )
}

function addressOf(name: string): string {
  if (name === 'ipaddr.js') return '/packages/ipaddr.js'
  if (!name.startsWith('@sluice/')) return name
  return name.split('/').length === 2 ? `/packages/${name}/index.ts` : `/packages/${name}.ts`
}

/** The one dependency of the packages that the page runs; it is CommonJS. */
async function readIpaddr(): Promise<string> {
  const simulation = await realpath(join(demo, 'node_modules', '@sluice', 'simulation'))
  return readFile(join(simulation, 'node_modules', 'ipaddr.js', 'lib', 'ipaddr.js'), 'utf8')
}

function asModule(commonJs: string): string {
  return `const module = { exports: {} };\n(function () {\n${commonJs}\n}).call({});\nexport default module.exports\n`
}
