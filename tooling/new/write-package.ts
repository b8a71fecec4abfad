import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesOf, root } from '../packages.ts'
import type { Kind } from './kinds.ts'
import { renamed, spellingsOf } from './spellings.ts'

/** A package that is to be written. */
export interface Wanted {
  /** The word that asks for its kind: the folder of the template. */
  readonly word: string
  readonly kind: Kind
  /** In words joined by dashes. */
  readonly name: string
}

/** Files of a template that do not lie in the package. */
const elsewhere = ['example.ts', 'changeset.md', 'row.md']

/** Writes the package's folder and what belongs to it elsewhere; returns the files, from the root. */
export function writePackage({ word, kind, name }: Wanted): readonly string[] {
  const folder = `tooling/new/${word}`
  const [from, to] = [spellingsOf(kind.template), spellingsOf(name)]
  const own = filesOf(`${folder}/**/*.*`).filter((file) => !elsewhere.includes(file.slice(folder.length + 1)))
  const copy = (source: string, target: string): string => write(target, renamed(read(source), from, to))
  const slug = kind.scope.slice('@sluice/'.length) + name
  const files = [
    ...own.map((file) => copy(file, `${kind.folder}/${name}${renamed(file.slice(folder.length), from, to)}`)),
    copy(`${folder}/example.ts`, `examples/${name}.ts`),
    copy(`${folder}/changeset.md`, `.changeset/${slug}.md`),
    addDependency(`@sluice/${slug}`),
    addRow('Packages', `](${kind.folder}/`, packageRow(kind, name)),
  ]
  // Algorithms have a second one, which says when to take them.
  for (const row of filesOf(`${folder}/row.md`)) addRow('Which algorithm', '| ', renamed(read(row), from, to).trim())
  return files
}

/** Shows the example in the package's README as it is. */
export function showExample({ kind, name }: Wanted): void {
  const readme = `${kind.folder}/${name}/README.md`
  const shown = /(<!-- (examples\/\S+) -->\n```ts\n)```/
  write(
    readme,
    read(readme).replace(shown, (_, start: string, file: string) => `${start}${read(file)}\`\`\``),
  )
}

function packageRow({ folder, scope }: Kind, name: string): string {
  const { description } = JSON.parse(read(`${folder}/${name}/package.json`)) as { readonly description: string }
  return `| [\`${scope}${name}\`](${folder}/${name}) | ${description} |`
}

/** Adds a row to the table of a section of the root's README, after the last that has `like` in it. */
function addRow(section: string, like: string, row: string): string {
  const readme = read('README.md')
  const start = readme.indexOf(`\n## ${section}\n`)
  const [text = ''] = readme.slice(start + 1).split('\n## ')
  const rows = text.split('\n').filter((line) => line.startsWith('|') && line.includes(like))
  const last = rows.at(-1)
  if (start === -1 || last === undefined) throw new Error(`Expected a table below "${section}" in README.md`)
  return write(
    'README.md',
    readme.replace(last, () => `${last}\n${row}`),
  )
}

function addDependency(dependency: string): string {
  const manifest = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }
  const all = Object.entries({ ...manifest.devDependencies, [dependency]: 'workspace:^' })
  manifest.devDependencies = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
  return write('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function write(file: string, text: string): string {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
  return file
}
