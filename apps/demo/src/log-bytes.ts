import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The bytes of a log, gunzipped where they begin as gzip does; `-` is standard input. Throws what a user can act on. */
export async function* logBytes(
  file: string,
  input: AsyncIterable<Uint8Array> = process.stdin,
): AsyncGenerator<Uint8Array> {
  const bytes = file === '-' ? input : createReadStream(file)
  try {
    yield* gunzipped(bytes)
  } catch (error) {
    throw new Error(explain(file, error as NodeJS.ErrnoException), { cause: error })
  }
}

/** A file's name says nothing for certain: rotated logs are called `access.log.2.gz`, and `access.log` after a download. */
async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]()
  let start = new Uint8Array()
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    start = Buffer.concat([start, next.value])
    if (start.length >= 2) break
  }
  const all = restored(start, chunks)
  if (start[0] === 0x1f && start[1] === 0x8b) {
    // An error of the source or of the format ends the iteration below with it.
    yield* pipeline(Readable.from(all), createGunzip(), () => {})
  } else yield* all
}

async function* restored(start: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

function explain(file: string, { code, message }: NodeJS.ErrnoException): string {
  const shown = JSON.stringify(file)
  if (code === 'ENOENT') return `Expected --log to name a file that exists, got ${shown}`
  if (code === 'EISDIR') return `Expected --log to name a file, got the folder ${shown}`
  if (code === 'EACCES') return `Expected --log to name a file that may be read, got ${shown}, which this user may not`
  if (code === 'Z_BUF_ERROR') return `Expected ${shown} to be a whole gzip file, it ends in the midst of its data`
  if (code === 'Z_DATA_ERROR') return `Expected ${shown} to be a sound gzip file, its data are broken: ${message}`
  return `Expected to read ${shown}, got: ${message}`
}
