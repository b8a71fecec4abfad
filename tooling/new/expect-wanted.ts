import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { filesOf, root } from '../packages.ts'
import { kinds } from './kinds.ts'
import { formatOf, spellingsOf } from './spellings.ts'
import type { Wanted } from './write-package.ts'

/** What was asked for, or an error that says how to ask. */
export function expectWanted([word = '', name = '', ...more]: readonly string[]): Wanted {
  const kind = kinds[word]
  if (kind === undefined || name === '' || more.length > 0) {
    throw new Error(`Expected a kind (${Object.keys(kinds).join(', ')}) and a name, as in: new algorithm token-bucket`)
  }
  if (!/^[a-z]+(-[a-z]+)*$/.test(name)) {
    throw new Error(`Expected the name to be words of a to z joined by dashes, got ${name}`)
  }
  for (const place of [`${kind.folder}/${name}`, `examples/${name}.ts`]) {
    if (existsSync(join(root, place))) throw new Error(`Expected a new name, got ${name}: ${place} is there already`)
  }
  if (isTaken(word, name)) throw new Error(`Expected a name that no function or variable has, got ${name}`)
  const user = word === 'algorithm' ? userOf(formatOf(name)) : undefined
  if (user !== undefined) {
    throw new Error(
      `Expected another name, got ${name}: stored keys would end in '${formatOf(name)}', as ${user} has it`,
    )
  }
  return { word, kind, name }
}

/** Whether the name of the factory would be a word of the language, or one that the template uses for something else. */
function isTaken(word: string, name: string): boolean {
  const factory = word === 'store' ? `${name}Store` : (spellingsOf(name)[1] as string)
  const sources = filesOf(`tooling/new/${word}/src/*.ts`).map((file) => readFileSync(join(root, file), 'utf8'))
  if (sources.some((source) => new RegExp(`\\b${factory}\\b`).test(source))) return true
  return isReserved(factory)
}

function isReserved(word: string): boolean {
  try {
    new Script(`'use strict'; function ${word}() {}`)
    return false
  } catch {
    return true
  }
}

function userOf(format: string): string | undefined {
  return filesOf('packages/algorithms/*/src/*.ts').find((file) => {
    return readFileSync(join(root, file), 'utf8').includes(`format: '${format}'`)
  })
}
