import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { loadSluiceFile } from './load-sluice-file.ts'
import type { SluiceEvent } from './sluice.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0

/** A file of its own in a folder of its own. */
function fileOf(text: string, ending = 'json'): string {
  files += 1
  const own = join(folder, `${files}`)
  mkdirSync(own)
  const file = join(own, `sluice.${ending}`)
  writeFileSync(file, text)
  return file
}

const json = (limit: number): string =>
  JSON.stringify({ limiters: { api: { policy: { algorithm: 'fixed-window', limit, window: '1h' } } } })

const withComments = `{
  // The API.
  "limiters": { "api": { "policy": { "algorithm": "fixed-window", "limit": 7, "window": "1h", }, }, }, /* and no more */
}`

const yaml = `
limiters:
  api:
    policy: &daily { algorithm: fixed-window, limit: 7, window: 1h }
  login:
    policy: *daily
`

async function limitIn(file: string): Promise<number> {
  const { limiters, close } = await loadSluiceFile(file, { limiters: ['api'] })
  const { limit } = await limiters.api.peek('ann')
  await close()
  return limit
}

describe('a file', () => {
  it.each([
    ['JSON', json(7), 'json'],
    ['JSON with a byte order mark', `\uFEFF${json(7)}`, 'json'],
    ['JSON with comments and trailing commas', withComments, 'jsonc'],
    ['YAML', yaml, 'yaml'],
    ['YAML', yaml, 'yml'],
  ])('may be %s', async (_, text, ending) => {
    expect(await limitIn(fileOf(text, ending))).toBe(7)
  })

  it.each([
    [
      '{ "store": "redis://:hunter2@h" "limiters": {} }',
      'json',
      /^.*: Expected the document to be JSON, got something else at line 1, column 3\d$/,
    ],
    [
      '{\n "store": { "url": "redis://:hunter2@h"',
      'json',
      /^.*: Expected the document to be JSON, got something else at (line 2, column \d+|its end)$/,
    ],
    [
      'store: { url: "redis://:hunter2@h" ] }',
      'yaml',
      / Expected the document to be YAML, got \w+ at line 1, column \d+/,
    ],
    ['store: *hunter2', 'yaml', /^.*: Expected the document to be YAML, got /],
    ['', 'json', /^.*: Expected the document to be an object with `limiters`, got nothing$/],
    ['# nothing', 'yaml', /^.*: Expected the document to be an object with `limiters`, got nothing$/],
    ['a: 1\na: 2', 'yaml', /got DUPLICATE_KEY at line 2, column 1$/],
  ])('that is neither says where, and quotes nothing: %s', async (text, ending, expected) => {
    const file = fileOf(text, ending)
    const error = await loadSluiceFile(file).catch((reason: Error) => reason.message)
    expect(error).toMatch(expected)
    expect(error).toContain(file)
    expect(error).not.toContain('hunter2')
  })

  it('that is not there is a DocumentError', async () => {
    await expect(loadSluiceFile(join(folder, 'none.json'))).rejects.toThrow(
      'Expected the file to be readable, got ENOENT',
    )
  })

  it('must have the limiters that the code asks for', async () => {
    await expect(loadSluiceFile(fileOf(json(7)), { limiters: ['api', 'login'] })).rejects.toThrow(
      'Expected `limiters.login` to be a limiter that the code asks for, got nothing',
    )
  })

  it('is read again by reload', async () => {
    const file = fileOf(json(7))
    const sluice = await loadSluiceFile(file, { limiters: ['api'] })
    await sluice.limiters.api.consume('ann')
    writeFileSync(file, json(3))
    await sluice.reload()
    expect((await sluice.limiters.api.peek('ann')).remaining).toBe(2)
    writeFileSync(file, 'nothing')
    await expect(sluice.reload()).rejects.toThrow('to be JSON')
    expect((await sluice.limiters.api.peek('ann')).remaining).toBe(2)
    await sluice.close()
  })
})

/** Events as they come. */
function listening() {
  const emitter = new EventEmitter()
  const next = async (type: SluiceEvent['type']): Promise<SluiceEvent> =>
    ((await once(emitter, type)) as [SluiceEvent])[0]
  return { onEvent: (event: SluiceEvent): void => void emitter.emit(event.type, event), next }
}

describe('a watched file', () => {
  it('is applied when it is written, replaced, or comes back', async () => {
    const file = fileOf(json(1))
    const { onEvent, next } = listening()
    const sluice = await loadSluiceFile(file, { limiters: ['api'], watch: true, onEvent })
    const limit = async (): Promise<number> => (await sluice.limiters.api.peek('ann')).limit
    const changes = [
      () => writeFileSync(file, json(2)),
      () => {
        // As most editors do.
        writeFileSync(`${file}~`, json(3))
        renameSync(`${file}~`, file)
      },
      () => writeFileSync(file, json(4)),
    ]
    for (const [i, change] of changes.entries()) {
      const event = next('document:applied')
      change()
      expect(await event).toEqual({ type: 'document:applied', limiters: ['api'] })
      expect(await limit()).toBe(i + 2)
    }
    const gone = next('document:refused')
    rmSync(file)
    expect(await gone).toMatchObject({ type: 'document:refused' })
    const back = next('document:applied')
    writeFileSync(file, json(9))
    expect(await back).toMatchObject({ type: 'document:applied' })
    expect(await limit()).toBe(9)
    await sluice.close()
  })

  it('may be a link to a folder that is replaced, as in Kubernetes', async () => {
    const own = join(folder, 'mounted')
    for (const [version, limit] of [
      ['v1', 1],
      ['v2', 2],
      ['v3', 3],
    ] as const) {
      mkdirSync(join(own, version), { recursive: true })
      writeFileSync(join(own, version, 'sluice.json'), json(limit))
    }
    symlinkSync('v1', join(own, '..data'))
    symlinkSync(join('..data', 'sluice.json'), join(own, 'sluice.json'))
    const { onEvent, next } = listening()
    const sluice = await loadSluiceFile(join(own, 'sluice.json'), { limiters: ['api'], watch: true, onEvent })
    for (const limit of [2, 3]) {
      const event = next('document:applied')
      symlinkSync(`v${limit}`, join(own, '..data_tmp'))
      renameSync(join(own, '..data_tmp'), join(own, '..data'))
      await event
      expect((await sluice.limiters.api.peek('ann')).limit).toBe(limit)
    }
    await sluice.close()
  })

  it('that is wrong is told, and the document before holds', async () => {
    const file = fileOf(json(1))
    const { onEvent, next } = listening()
    let changed = (): void => {}
    const stop = vi.fn()
    const watch = (_: string, call: () => void): (() => void) => {
      changed = call
      return stop
    }
    const sluice = await loadSluiceFile(file, { limiters: ['api'], watch, onEvent })
    writeFileSync(file, json(0))
    const refused = next('document:refused')
    changed()
    expect(await refused).toMatchObject({
      type: 'document:refused',
      error: { problems: [{ path: 'limiters.api.policy.limit' }] },
    })
    expect((await sluice.limiters.api.peek('ann')).limit).toBe(1)

    // The same text is not refused again.
    changed()
    writeFileSync(file, json(5))
    const applied = next('document:applied')
    changed()
    expect(await applied).toMatchObject({ type: 'document:applied' })
    await sluice.close()
    expect(stop).toHaveBeenCalledOnce()
  })

  it('that is wrong is a warning of the process where nobody listens', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const file = fileOf(json(1))
    const sluice = await loadSluiceFile(file)
    await expect(sluice.reload({ limiters: {} })).rejects.toThrow()
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining(`${file} was not applied. `), { type: 'SluiceWarning', code: 'SLUICE_DOCUMENT' }],
    ])
    warned.mockRestore()
    await sluice.close()
  })
})
