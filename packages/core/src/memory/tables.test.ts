import { expect, it } from 'vitest'
import { none } from './rows.ts'
import { makeTable, makeTables } from './tables.ts'

it('knows a name while it has entries, and gives its number to the next one afterwards', () => {
  const tables = makeTables()
  const [api, twin, web] = [makeTable('api', 'p', 'tb1'), makeTable('api', 'p', 'tb1'), makeTable('web', 'p', 'tb1')]
  expect(tables.shared(twin)).toBe(twin)
  const id = tables.open(api)
  tables.count(id, 1)
  expect(tables.shared(twin)).toBe(api)
  expect(tables.shared(web)).toBe(web)
  expect(tables.open(web)).not.toBe(id)
  tables.count(id, -1)
  expect(api.id).toBe(none)
  expect(tables.shared(twin)).toBe(twin)
  expect(tables.open(twin)).toBe(id)
  expect(tables.at(id)).toBe(twin)
})
