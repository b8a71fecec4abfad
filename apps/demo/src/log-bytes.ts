import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Gunzip, gunzipped } from '@sluice/simulation'

/** The bytes of a log, gunzipped where they begin as gzip does; `-` is standard input. Throws what a user can act on. */
export async function* logBytes(
  file: string,
  input: AsyncIterable<Uint8Array> = process.stdin,
): AsyncGenerator<Uint8Array> {
  const bytes = file === '-' ? input : createReadStream(file)
  try {
    yield* gunzipped(bytes, byZlib)
  } catch (error) {
    throw new Error(explain(file, error as NodeJS.ErrnoException), { cause: error })
  }
}

/** Reads several gzip files in one, too, as `gzip >>` makes them. An error of the source or of the data ends the stream with it. */
const byZlib: Gunzip = (bytes) => pipeline(Readable.from(bytes), createGunzip(), () => {})

function explain(file: string, { code, message }: NodeJS.ErrnoException): string {
  const shown = JSON.stringify(file)
  if (code === 'ENOENT') return `Expected --log to name a file that exists, got ${shown}`
  if (code === 'EISDIR') return `Expected --log to name a file, got the folder ${shown}`
  if (code === 'EACCES') return `Expected --log to name a file that may be read, got ${shown}, which this user may not`
  if (code === 'Z_BUF_ERROR') return `Expected ${shown} to be a whole gzip file, it ends in the midst of its data`
  if (code === 'Z_DATA_ERROR') return `Expected ${shown} to be a sound gzip file, its data are broken: ${message}`
  return `Expected to read ${shown}, got: ${message}`
}
