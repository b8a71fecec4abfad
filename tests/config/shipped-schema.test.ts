import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as known from '../../packages/config/src/known-packages.ts'
import { committedSchema, schemaFile, writeSchema } from './committed-schema.ts'

// SLUICE_UPDATE=schema writes both again; then `npx -y pnpm@12 format`.
const committed = await committedSchema()
const { schema, knownAlgorithms, knownStores } = committed
if (process.env.SLUICE_UPDATE === 'schema') writeSchema(committed)

it('the schema that is shipped is made of what the packages say of their options', () => {
  expect(JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', schemaFile), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(schema)),
  )
})

it('the names that errors list are those of all packages', () => {
  expect({ ...known }).toEqual({ knownAlgorithms, knownStores })
})
