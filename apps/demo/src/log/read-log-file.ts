import { type AccessLog, gunzipped, logLines, readAccessLog } from '@sluice/simulation'

/** How far a log has been read. */
export interface LogProgress {
  /** Of the file as it is, packed or not. */
  readonly bytes: number
  readonly lines: number
}

/** A file is no log, or cannot be read: the message is one sentence for its owner. */
export class LogError extends Error {
  override readonly name = 'LogError'
}

const chunkBytes = 256 * 1024
const bytesLookedAt = 4096

/**
 * Reads a log by chunks, gzipped or not, so that a long one is never in memory as a whole. `onProgress` is called after each chunk.
 * Throws a `LogError` where it holds no request at all.
 */
export async function readLogFile(file: File, onProgress: (progress: LogProgress) => void): Promise<AccessLog> {
  const read = { bytes: 0, lines: 0 }
  async function* counted(lines: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const line of lines) {
      read.lines += 1
      yield line
    }
  }
  async function* watched(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let isFirst = true
    for await (const chunk of chunks) {
      if (isFirst) expectText(chunk, file.name)
      isFirst = false
      yield chunk
      onProgress({ ...read })
    }
  }
  const packed = chunksOf(file, (bytes) => {
    read.bytes += bytes
  })
  const log = await readAccessLog(counted(logLines(watched(unpacked(packed, file.name)))))
  if (log.times.length === 0) throw new LogError(emptyText(file.name, log))
  return log
}

async function* chunksOf(file: File, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < file.size; from += chunkBytes) {
    const chunk = await file
      .slice(from, from + chunkBytes)
      .arrayBuffer()
      .catch((error: Error) => {
        throw new LogError(`${file.name} cannot be read: it may be a folder, or it has changed. (${error.message})`)
      })
    onRead(chunk.byteLength)
    yield new Uint8Array(chunk)
  }
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzipped(bytes)
  } catch (error) {
    if (error instanceof LogError) throw error
    throw new LogError(`${name} cannot be unpacked: its gzip data are broken or cut, or a second file follows in it.`)
  }
}

/** What begins as no text does is not read to its end. */
function expectText(start: Uint8Array, name: string): void {
  const [first, second] = start
  if (first === 0x1f && second === 0x8b) throw new LogError(`${name} is gzip within gzip: unpack it once.`)
  // Among the first bytes of UTF-16 there are zeros.
  if (!start.subarray(0, 4).includes(0) && start.subarray(0, bytesLookedAt).includes(0)) {
    throw new LogError(`${name} is no log: its bytes are no text.`)
  }
}

function emptyText(name: string, { malformed, firstMalformed }: AccessLog): string {
  if (malformed.length === 0) return `${name} is empty: it has no line.`
  const [first] = firstMalformed
  return `${name} has no line that can be read. Line ${first?.number}: ${malformed[0]?.reason}`
}
