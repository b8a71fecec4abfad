import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as known from '../../packages/config/src/known-packages.ts'
import { shippedSchema } from '../../packages/config/src/shipped-schema.ts'
import { housePackages } from './house-packages.ts'

// SLUICE_UPDATE=schema writes both again; then `npx -y pnpm@12 format`.
const { algorithms, stores } = await housePackages()
const folder = join(import.meta.dirname, '..', '..', 'packages', 'config', 'src')
const schema = shippedSchema({
  algorithms: new Map([...algorithms].map(([name, { options }]) => [name, options])),
  stores: new Map([...stores].map(([name, { options }]) => [name, options])),
})
const knownAlgorithms = [...algorithms.keys()]
const knownStores = Object.fromEntries([...stores].map(([name, { needs = [] }]) => [name, needs]))

if (process.env.SLUICE_UPDATE === 'schema') {
  writeFileSync(join(folder, 'sluice.schema.json'), JSON.stringify(schema, undefined, 2))
  writeFileSync(
    join(folder, 'known-packages.ts'),
    `/** Algorithms of this house, by the names that documents have for them. Written by tests/config/shipped-schema.test.ts. */
export const knownAlgorithms: readonly string[] = ${JSON.stringify(knownAlgorithms)}

/** Stores of this house, and what is to be installed beside each. */
export const knownStores: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(knownStores)}
`,
  )
}

it('the schema that is shipped is made of what the packages say of their options', () => {
  expect(JSON.parse(readFileSync(join(folder, 'sluice.schema.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(schema)),
  )
})

it('the names that errors list are those of all packages', () => {
  expect({ ...known }).toEqual({ knownAlgorithms, knownStores })
})
