import { Readable } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Gunzip, gunzipped } from './gunzipped.ts'

const text = Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919}\n`).join('')
const byZlib: Gunzip = (bytes) => Readable.from(bytes).pipe(createGunzip())

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

it('unpacks gzip, in whatever pieces it comes', async () => {
  const short = gzipSync('a\nb\n')
  for (const size of [1, 2, 3, 100]) expect(await textOf(gunzipped(cut(short, size)))).toBe('a\nb\n')
  expect((await textOf(gunzipped(cut(gzipSync(text), 1000)))) === text).toBe(true)
})

it('leaves other bytes as they are, also a single first byte of gzip', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.uint8Array({ maxLength: 4 }).filter(([first]) => first !== 0x1f),
        { maxLength: 5 },
      ),
      async (chunks) => {
        expect(await textOf(gunzipped(chunks))).toBe(Buffer.concat(chunks).toString())
      },
    ),
  )
  expect(await textOf(gunzipped([Uint8Array.of(0x1f)]))).toBe('\u001f')
  expect(await textOf(gunzipped([]))).toBe('')
})

it.each([
  ['cut data', gzipSync(text).subarray(0, -5)],
  ['broken data', gzipSync(text).map((byte, i) => (i > 1000 && i < 1100 ? 255 - byte : byte))],
  ['a second file', Buffer.concat([gzipSync('a\n'), gzipSync('b\n')])],
])('throws at %s', async (_, bytes) => {
  await expect(textOf(gunzipped(cut(bytes, 500)))).rejects.toThrow('Expected the bytes to be one whole gzip file')
})

it('unpacks with what it is given: node:zlib reads a second file, too', async () => {
  const both = Buffer.concat([gzipSync('a\n'), gzipSync('b\n')])
  expect(await textOf(gunzipped([both], byZlib))).toBe('a\nb\n')
})

it('lets an error of the source through', async () => {
  const lost = new Error('The disk is gone')
  async function* source(): AsyncGenerator<Uint8Array> {
    yield gzipSync(text).subarray(0, 500)
    throw lost
  }
  await expect(textOf(gunzipped(source()))).rejects.toBe(lost)
})

it.each([
  ['gzip', gzipSync(text)],
  ['other bytes', Buffer.from(text)],
])('ends its source when nobody reads on: %s', async (_, bytes) => {
  let ended = false
  function* source(): Generator<Uint8Array> {
    try {
      yield* cut(bytes, 100)
    } finally {
      ended = true
    }
  }
  for await (const _chunk of gunzipped(source())) break
  expect(ended).toBe(true)
})
