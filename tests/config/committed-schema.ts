import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shippedSchema } from '../../packages/config/src/shipped-schema.ts'
import { housePackages } from './house-packages.ts'

/** What `@sluice/config` ships about the packages of the house, made of what they say of themselves. */
export interface CommittedSchema {
  readonly schema: object
  /** Algorithms, by the names that documents have for them. */
  readonly knownAlgorithms: readonly string[]
  /** Stores, and the packages to install beside each. */
  readonly knownStores: Readonly<Record<string, readonly string[]>>
}

/** Where the schema lies, from the root. */
export const schemaFile = 'packages/config/src/sluice.schema.json'
/** Where the names lie, from the root. */
export const namesFile = 'packages/config/src/known-packages.ts'

const root = join(import.meta.dirname, '..', '..')

/** The schema and the names as they should be committed. */
export async function committedSchema(): Promise<CommittedSchema> {
  const { algorithms, stores } = await housePackages()
  return {
    schema: shippedSchema({
      algorithms: new Map([...algorithms].map(([name, { options }]) => [name, options])),
      stores: new Map([...stores].map(([name, { options }]) => [name, options])),
    }),
    knownAlgorithms: [...algorithms.keys()],
    knownStores: Object.fromEntries([...stores].map(([name, { needs = [] }]) => [name, needs])),
  }
}

/** Writes both files, which are to be formatted then; returns them, from the root. */
export function writeSchema({ schema, knownAlgorithms, knownStores }: CommittedSchema): readonly string[] {
  writeFileSync(join(root, schemaFile), JSON.stringify(schema, undefined, 2))
  writeFileSync(
    join(root, namesFile),
    `/** Algorithms of this house, by the names that documents have for them. Written by tests/config/shipped-schema.test.ts. */
export const knownAlgorithms: readonly string[] = ${JSON.stringify(knownAlgorithms)}

/** Stores of this house, and what is to be installed beside each. */
export const knownStores: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(knownStores)}
`,
  )
  return [schemaFile, namesFile]
}
