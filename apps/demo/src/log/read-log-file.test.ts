import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type LogProgress, readLogFile } from './read-log-file.ts'

const line = '192.0.2.7 - - [04/Mar/2026:14:00:05 +0000] "GET / HTTP/1.1" 200 12\n'
const chunkBytes = 256 * 1024

/** A file that notes which parts of it were asked for. */
function watchedFile(content: string | Uint8Array): { readonly file: File; readonly slices: readonly number[] } {
  const file = new File([content as BlobPart], 'access.log')
  const slices: number[] = []
  const slice = file.slice.bind(file)
  Object.assign(file, {
    slice(from: number, to: number) {
      slices.push(to - from)
      return slice(from, to)
    },
    text: () => Promise.reject(new Error('Expected the file to be read by chunks')),
    arrayBuffer: () => Promise.reject(new Error('Expected the file to be read by chunks')),
  })
  return { file, slices }
}

it('reads no more than a chunk at a time, and tells of each', async () => {
  const { file, slices } = watchedFile(line.repeat(20_000))
  const told: LogProgress[] = []
  const { times } = await readLogFile(file, (progress) => told.push(progress))
  expect(times.length).toBe(20_000)
  expect(slices).toEqual(Array(Math.ceil(file.size / chunkBytes)).fill(chunkBytes))
  expect(told.map(({ bytes }) => bytes)).toEqual(slices.map((_, i) => Math.min(file.size, (i + 1) * chunkBytes)))
  expect(told.at(-1)?.lines).toBe(20_000)
})

it('tells of a gzipped file as often as of what was packed in it', async () => {
  const { file } = watchedFile(gzipSync(line.repeat(20_000)))
  expect(file.size).toBeLessThan(chunkBytes)
  const lines: number[] = []
  await readLogFile(file, (progress) => lines.push(progress.lines))
  expect(new Set(lines).size).toBeGreaterThanOrEqual(Math.floor((20_000 * line.length) / chunkBytes))
})

it('gives up what is no text after its first chunk', async () => {
  const { file, slices } = watchedFile(
    Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0\0'), Buffer.alloc(4 * chunkBytes)]),
  )
  await expect(readLogFile(file, () => {})).rejects.toThrow('access.log is no log: its bytes are no text.')
  expect(slices.length).toBe(1)
})

it('gives up what is packed twice after its first chunk', async () => {
  const twice = new File([gzipSync(gzipSync(line))], 'twice.gz')
  await expect(readLogFile(twice, () => {})).rejects.toThrow('twice.gz is gzip within gzip: unpack it once.')
})

it('takes the zeros of UTF-16 for text, and odd bytes in a line for a line', async () => {
  const utf16 = new File([Buffer.from(line, 'utf16le')], 'utf16.log')
  expect((await readLogFile(utf16, () => {})).times.length).toBe(1)
  const odd = new File(['\xff\x01\n', line], 'odd.log')
  expect((await readLogFile(odd, () => {})).malformed.length).toBe(1)
})

it('says so of a file that is gone', async () => {
  const { file } = watchedFile(line)
  const gone = { arrayBuffer: () => Promise.reject(new Error('A requested file could not be found')) }
  Object.assign(file, { slice: () => gone })
  await expect(readLogFile(file, () => {})).rejects.toThrow(
    'access.log cannot be read: it may be a folder, or it has changed. (A requested file could not be found)',
  )
})
