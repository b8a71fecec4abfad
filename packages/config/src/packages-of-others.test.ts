import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadSluice } from './load-sluice.ts'
import type { SluiceDocument } from './sluice-document.ts'

// An application with packages of its own, which nothing here depends on.
const folder = mkdtempSync(join(tmpdir(), 'sluice-app-'))
afterAll(() => rmSync(folder, { recursive: true }))

function install(name: string, source: string, exports: object = { '.': { import: './index.js' } }): void {
  const own = join(folder, 'node_modules', name)
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
  writeFileSync(join(own, 'index.js'), source)
}

// Admits `calls` for each key, ever. In plain JavaScript, with no package of Sluice.
install(
  '@acme/quota',
  `const create = ({ calls }) => ({
  algorithm: 'quota', format: 'quota1', limit: calls, ceiling: calls, unit: 1, window: 1, parameters: [], lua: '',
  load(reading) { reading.mark = 0; reading.scale = 0; reading.stale = false },
  save(reading) { reading.expiresAt = 2 ** 52 },
  retryAfter: () => Infinity,
  resetAfter: () => Infinity,
})
const calls = { title: 'a number of calls', type: 'integer', minimum: 1 }
export const sluice = { algorithm: { create, options: { type: 'object', required: ['calls'], properties: { calls } } } }`,
)
// Keeps a count of what was opened and closed.
install(
  'acme-store',
  `import { readFileSync } from 'node:fs'
export const opened = []
const options = { type: 'object', properties: { token: { title: 'a token', type: 'string', minLength: 9, writeOnly: true } } }
const open = async (given, { clock, client }) => {
  if (given.token === 'without-client') await import('acme-client')
  if (given.token === 'with-wrong-url') throw new Error('cannot reach acme://:hunter2@host')
  opened.push(given)
  const gate = { apply: async (asks) => asks.map(({ costs }) => ({ now: clock(), views: costs.map(() => ({ used: 0, mark: 0, wait: 0 })) })) }
  return { store: { bind: () => gate }, client: 'a client', close: () => { opened.pop() } }
}
export const sluice = { store: { options, open } }`,
)
install('acme-broken', `throw Object.assign(new Error('hunter2'), { code: 'ACME' })`)
install('@acme/broken-import', `import 'acme-client'\nexport const sluice = {}`)

const limiters = { api: { policy: { algorithm: '@acme/quota', calls: 2 } } } as const
const load = (document: SluiceDocument) => loadSluice(document, { folder, clock: () => 1000 })

it('are found where the application is, and their algorithms are used by the name of the package', async () => {
  const { limiters: loaded } = await load({ limiters })
  const decisions = [
    await loaded.api?.consume('ann'),
    await loaded.api?.consume('ann'),
    await loaded.api?.consume('ann'),
  ]
  expect(decisions.map((decision) => decision?.allowed)).toEqual([true, true, false])
  await expect(load({ limiters: { api: { policy: { algorithm: '@acme/quota', calls: 0 } } } })).rejects.toThrow(
    'Expected `limiters.api.policy.calls` to be a number of calls, got 0',
  )
})

it('bring stores, which are opened and closed', async () => {
  const sluice = await load({ store: { driver: 'acme-store', token: 'long-enough' }, limiters })
  expect((await sluice.limiters.api?.consume('ann'))?.remaining).toBe(1)
  expect(sluice.client).toBe('a client')
  const { opened } = (await import(join(folder, 'node_modules', 'acme-store', 'index.js'))) as { opened: unknown[] }
  expect(opened).toEqual([{ token: 'long-enough' }])
  await sluice.close()
  expect(opened).toEqual([])
})

it.each([
  ['short', 'Expected `store.token` to be a token, got a string that is not shown'],
  [
    'without-client',
    'Expected the package acme-client to be installed for the store acme-store: npm install acme-client',
  ],
  ['with-wrong-url', 'Expected the store acme-store to open, it failed with Error'],
])('that cannot open a store say no more than is safe: %s', async (token, message) => {
  const error = await load({ store: { driver: 'acme-store', token }, limiters }).catch((reason: Error) => reason)
  expect((error as Error).message).toBe(`The document: ${message}`)
  expect((error as Error).cause).toBeUndefined()
})

it.each([
  ['acme-broken', 'The document: Expected the package acme-broken to load, it failed with ACME'],
  [
    '@acme/broken-import',
    `The document has 2 problems:
- Expected the package acme-client to be installed for \`limiters.api.policy.algorithm\`, it is not
- Install what is missing: npm install acme-client`,
  ],
])('that cannot be loaded are named: %s', async (algorithm, message) => {
  await expect(load({ limiters: { api: { policy: { algorithm } } } })).rejects.toThrow(message)
})
