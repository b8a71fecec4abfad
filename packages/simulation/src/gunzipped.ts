/** Turns gzip data into what was packed. */
export type Gunzip = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}

interface ByteStream {
  pipeThrough(transform: object): ByteStream
  getReader(): Reader
}

interface Controller {
  enqueue(chunk: Uint8Array): void
  close(): void
}

// Of every runtime, but not of the language.
declare const DecompressionStream: new (format: string) => object
declare const ReadableStream: new (
  source: { pull(controller: Controller): Promise<void>; cancel(): Promise<void> },
  queue: { readonly highWaterMark: number },
) => ByteStream

/**
 * The bytes of a log, unpacked where they begin as gzip does, whatever the file is called; other bytes as they are. By default
 * with `DecompressionStream`, which reads one gzip file and no second one behind it; `createGunzip` of `node:zlib` reads both.
 * Throws an `Error` for broken or cut data; what the source throws passes through.
 */
export async function* gunzipped(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  gunzip: Gunzip = decompressed,
): AsyncGenerator<Uint8Array> {
  const chunks = readAhead(bytes)
  try {
    const start = await chunks.peek(2)
    yield* start[0] === 0x1f && start[1] === 0x8b ? gunzip(chunks.all()) : chunks.all()
  } finally {
    await chunks.end()
  }
}

/** Reads as many bytes as show what they are, and gives them back before the rest. */
function readAhead(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): {
  peek(length: number): Promise<Uint8Array>
  all(): AsyncGenerator<Uint8Array>
  end(): Promise<void>
} {
  const chunks = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  const read: Uint8Array[] = []
  return {
    async peek(length) {
      const start: number[] = []
      while (start.length < length) {
        const next = await chunks.next()
        if (next.done) break
        read.push(next.value)
        start.push(...next.value.subarray(0, length))
      }
      return Uint8Array.from(start)
    },
    async *all() {
      yield* read.splice(0)
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    },
    async end() {
      await chunks.return?.()
    },
  }
}

async function* decompressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = streamOf(bytes)
  const reader = source.stream.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value as Uint8Array
  } catch (error) {
    throw source.failure() ?? brokenError(error)
  } finally {
    // After an error there is nothing left to cancel.
    await reader.cancel().catch(() => {})
  }
}

/** A stream that reads a chunk when it is asked for one. A source's own error is kept apart from those of the data. */
function streamOf(bytes: AsyncIterable<Uint8Array>): {
  readonly stream: ByteStream
  failure(): unknown
} {
  const chunks = bytes[Symbol.asyncIterator]()
  let failure: unknown
  const stream = new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await chunks.next()
          if (next.done) controller.close()
          else controller.enqueue(next.value)
        } catch (error) {
          failure = error
          throw error
        }
      },
      async cancel() {
        await chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, failure: () => failure }
}

function brokenError(cause: unknown): Error {
  return new Error('Expected the bytes to be one whole gzip file, got broken or cut data, or a second file behind it', {
    cause,
  })
}
