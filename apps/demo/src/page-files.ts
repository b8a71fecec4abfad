import { readFile, realpath } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

/** A file as the browser gets it. */
export interface PageFile {
  readonly type: string
  readonly body: string
}

const demo = join(import.meta.dirname, '..')
const installed = join(demo, 'node_modules')
const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', ts: 'text/javascript' } as const

/** What may be served: the page, what it shares with the server, and the sources of the packages that it runs. */
const roots: readonly { readonly path: RegExp; readonly file: (name: string) => string }[] = [
  { path: /^\/page\/([a-z-]+\.(?:ts|js|css))$/, file: (name) => join(demo, 'page', name) },
  { path: /^\/src\/((?:comparison|picture)\/[a-z-]+\.ts)$/, file: (name) => join(demo, 'src', name) },
  {
    path: /^\/packages\/@sluice\/([a-z-]+\/[a-z/-]+(?:\.lua)?\.ts)$/,
    file: (name) => join(installed, '@sluice', name.replace('/', '/src/')),
  },
]

/** The file at a path of the demo's address, as JavaScript where it is TypeScript; `undefined` where there is none. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  if (path === '/packages/ipaddr.js') return { type: types.js, body: asModule(await readIpaddr()) }
  const file = path === '/' ? join(demo, 'page', 'index.html') : fileAt(path)
  if (file === undefined) return undefined
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const kind = file.slice(file.lastIndexOf('.') + 1) as keyof typeof types
  return { type: types[kind], body: kind === 'ts' ? forBrowser(text) : text }
}

function fileAt(path: string): string | undefined {
  for (const root of roots) {
    const name = root.path.exec(path)?.[1]
    if (name !== undefined) return root.file(name)
  }
  return undefined
}

/** Without its types, and with the addresses of packages in the place of their names, which workers could not map. */
function forBrowser(source: string): string {
  return stripTypeScriptTypes(source)
    .replaceAll(/from '(@sluice\/[a-z-]+)'/g, "from '/packages/$1/index.ts'")
    .replaceAll(/from '(@sluice\/[a-z-]+\/[a-z-]+)'/g, "from '/packages/$1.ts'")
    .replaceAll("from 'ipaddr.js'", "from '/packages/ipaddr.js'")
}

/** The one dependency of the packages that the page runs; it is CommonJS. */
async function readIpaddr(): Promise<string> {
  const simulation = await realpath(join(installed, '@sluice', 'simulation'))
  return readFile(join(simulation, 'node_modules', 'ipaddr.js', 'lib', 'ipaddr.js'), 'utf8')
}

function asModule(commonJs: string): string {
  return `const module = { exports: {} };\n(function () {\n${commonJs}\n}).call({});\nexport default module.exports\n`
}
