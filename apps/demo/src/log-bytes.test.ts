import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { logBytes } from './log-bytes.ts'
import { progressOn } from './progress.ts'
import { readLog } from './read-log.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function fileOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, bytes)
  return file
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

it('reads a file as it is, and a gzipped one whatever its name', async () => {
  expect(await textOf(logBytes(await fileOf('plain.gz', 'hello')))).toBe('hello')
  expect(await textOf(logBytes(await fileOf('gzipped.log', gzipSync('hello'))))).toBe('hello')
  const both = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')])
  expect(await textOf(logBytes(await fileOf('joined', both)))).toBe('one\ntwo\n')
})

it.each([1, 2, 3, 1000])('reads standard input, gzipped or not, in pieces of %i', async (size) => {
  for (const text of ['', 'a', 'hello', '\u001f!']) {
    expect(await textOf(logBytes('-', inPieces(Buffer.from(text), size)))).toBe(text)
    expect(await textOf(logBytes('-', inPieces(gzipSync(text), size)))).toBe(text)
  }
})

it('says what is wrong with a file that it cannot read', async () => {
  const whole = gzipSync('hello '.repeat(1000))
  const torn = await fileOf('torn', whole.subarray(0, 20))
  const broken = await fileOf('broken', Buffer.concat([whole.subarray(0, 10), Buffer.alloc(50, 0xff)]))
  await expect(textOf(logBytes(torn))).rejects.toThrow('to be a whole gzip file, it ends in the midst of its data')
  await expect(textOf(logBytes(broken))).rejects.toThrow('to be a sound gzip file, its data are broken')
  await expect(textOf(logBytes(folder))).rejects.toThrow('Expected --log to name a file, got the folder')
  await expect(textOf(logBytes(join(folder, 'none')))).rejects.toThrow('Expected --log to name a file that exists')
})

const line = (head: string): string => `${head} [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12\n`
const silent = progressOn({ write: () => {} })

it('says why no line of a log can be read', async () => {
  const unnamed = await fileOf('unnamed', line('- - -').repeat(20))
  await expect(readLog(unnamed, silent)).rejects.toThrow(
    `Expected ${unnamed} to be an access log, common, combined or JSON lines of nginx or Caddy, found no line that can be read:
  20 lines (1, 2, 3, 4, 5, …): The line does not say who the client was: \`-\` or \`unknown\` stands in its place.`,
  )
  const empty = await fileOf('empty', '\n')
  await expect(readLog(empty, silent)).rejects.toThrow('JSON lines of nginx or Caddy, found no lines')
})

it('shows how far it has come, on one line of a terminal', async () => {
  const log = await fileOf('long', line('192.0.2.7 - -').repeat(11_000))
  const written: string[] = []
  await readLog(log, progressOn({ isTTY: true, write: (text) => written.push(text) }))
  expect(written).toEqual(['\rread 5,000 lines\u001b[K', '\rread 10,000 lines\u001b[K', '\r\u001b[K'])
})

it('shows how far it has come, in lines where there is no terminal', () => {
  const written: string[] = []
  const progress = progressOn({ write: (text) => written.push(text) })
  for (const count of [1, 99_999, 100_001, 150_000, 310_000]) progress.at(count, () => `${count}`)
  progress.next()
  progress.at(100_000, () => 'again')
  expect(written).toEqual(['100001\n', '310000\n', 'again\n'])
})
