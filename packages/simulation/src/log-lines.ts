import { longestLine } from './access-line.ts'

interface Decoder {
  decode(bytes?: Uint8Array, options?: { readonly stream: boolean }): string
}

// Of every runtime, but not of the language.
declare const TextDecoder: new (encoding: string) => Decoder

/**
 * The lines of a log, from its bytes: UTF-8, or UTF-16 where the first four say so. Lines end
 * with LF or CRLF, or with CR where the first 65,536 characters hold no LF; never with U+2028, which log writers do not
 * escape. Of a line that is too long to be read only as much is kept as shows that.
 */
export async function* logLines(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = lineSplitter()
  for await (const text of decoded(bytes)) yield* splitter.push(text)
  yield* splitter.end()
}

async function* decoded(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: Decoder | undefined
  let start: Uint8Array = new Uint8Array()
  for await (const chunk of bytes) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    start = joined(start, chunk)
    if (start.length < 4) continue
    decoder = new TextDecoder(encodingOf(start))
    yield decoder.decode(start, { stream: true })
  }
  yield decoder === undefined ? new TextDecoder(encodingOf(start)).decode(start) : decoder.decode()
}

/** Logs begin with ASCII, so UTF-16 shows by its zeros; a byte-order mark alone may be bytes that are no text. */
function encodingOf([first, second, third, fourth]: Uint8Array): string {
  const isLittle = second === 0 || (first === 0xff && second === 0xfe)
  if (isLittle && fourth === 0) return 'utf-16le'
  const isBig = first === 0 || (first === 0xfe && second === 0xff)
  return isBig && third === 0 ? 'utf-16be' : 'utf-8'
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** Cuts text into lines, as it comes. */
function lineSplitter(): { push(text: string): Generator<string>; end(): Generator<string> } {
  let pending = ''
  let lineEnd: '\n' | '\r' | undefined

  const keep = (rest: string): void => {
    // Of an endless line, enough to be found too long.
    pending = lineEnd !== undefined && rest.length > longestLine ? rest.slice(0, longestLine + 1) : rest
  }
  function* cut(text: string, end: string): Generator<string> {
    let from = 0
    for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, from)) {
      yield plain(text.slice(from, at))
      from = at + 1
    }
    keep(text.slice(from))
  }

  return {
    *push(text) {
      const all = pending + text
      lineEnd ??= lineEndOf(all, false)
      if (lineEnd === undefined) pending = all
      else yield* cut(all, lineEnd)
    },
    *end() {
      const all = pending
      pending = ''
      lineEnd ??= lineEndOf(all, true)
      yield* cut(all, lineEnd ?? '\n')
      if (pending !== '') yield plain(pending)
    },
  }
}

/** What the lines end with, as the first characters tell; `undefined` while more may come that tell. */
function lineEndOf(text: string, isAll: boolean): '\n' | '\r' | undefined {
  const start = text.slice(0, longestLine + 1)
  if (start.includes('\n')) return '\n'
  if (!isAll && start.length <= longestLine) return undefined
  // A CR that comes last may be the first half of a CRLF.
  const at = start.indexOf('\r')
  return at !== -1 && at < start.length - 1 ? '\r' : '\n'
}

/** Without the CR of a CRLF. */
function plain(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
