import fc from 'fast-check'
import { expect, it } from 'vitest'
import { longestLine } from './access-line.ts'
import { logLines } from './log-lines.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function utf16(text: string, order: 'little' | 'big'): Uint8Array {
  const bytes = new Uint8Array(text.length * 2)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i += 1) view.setUint16(i * 2, text.charCodeAt(i), order === 'little')
  return bytes
}

async function linesOf(bytes: Uint8Array, chunkSize = bytes.length): Promise<string[]> {
  const chunks: Uint8Array[] = []
  for (let i = 0; i < bytes.length; i += chunkSize) chunks.push(bytes.subarray(i, i + chunkSize))
  const lines: string[] = []
  for await (const line of logLines(chunks)) lines.push(line)
  return lines
}

it.each([
  ['LF', 'a\nb\n\nc\n'],
  ['CRLF', 'a\r\nb\r\n\r\nc\r\n'],
  ['CR alone', 'a\rb\r\rc\r'],
  ['no end of the last line', 'a\nb\n\nc'],
])('ends lines with %s', async (_, text) => {
  expect(await linesOf(utf8(text))).toEqual(['a', 'b', '', 'c'])
})

it.each([
  ['U+2028', 'a\u2028b\nc\n', ['a\u2028b', 'c']],
  ['U+2029', 'a\u2029b\nc\n', ['a\u2029b', 'c']],
  ['U+0085', 'a\u0085b\nc\n', ['a\u0085b', 'c']],
  ['a form feed', 'a\fb\nc\n', ['a\fb', 'c']],
  ['a CR where an LF comes later', 'a\rb\nc\n', ['a\rb', 'c']],
  ['an LF after 65,536 characters of lines that end with CR', `${'a\r'.repeat(40_000)}b\nc\r`, undefined],
])('ends no line with %s', async (_, text, lines) => {
  const read = await linesOf(utf8(text))
  if (lines !== undefined) expect(read).toEqual(lines)
  else expect(read.slice(-2)).toEqual(['a', 'b\nc'])
})

it.each([
  ['UTF-8 with a byte-order mark', utf8('\ufeffaé😀\nb\n')],
  ['UTF-16, little end first, with a byte-order mark', utf16('\ufeffaé😀\nb\n', 'little')],
  ['UTF-16, big end first, with a byte-order mark', utf16('\ufeffaé😀\nb\n', 'big')],
])('decodes %s', async (_, bytes) => {
  for (const size of [1, 2, 3, 100]) expect(await linesOf(bytes, size)).toEqual(['aé😀', 'b'])
})

it.each(['little', 'big'] as const)('knows UTF-16 without a byte-order mark, %s end first', async (order) => {
  for (const size of [1, 2, 3]) expect(await linesOf(utf16('a\r\nb\r\n', order), size)).toEqual(['a', 'b'])
})

it('takes a CRLF for one end of a line, also where the first characters end within it', async () => {
  for (const length of [longestLine - 1, longestLine, longestLine + 1]) {
    const lines = await linesOf(utf8(`${'a'.repeat(length)}\r\nb\r\nc\r\n`))
    expect(lines.map((line) => line.length)).toEqual([length, 1, 1])
  }
})

it('takes bytes that only begin like UTF-16 for what they are', async () => {
  const lines = await linesOf(Buffer.concat([Buffer.from([0xff, 0xfe, 0xe3]), Buffer.from('( - -\n192.0.2.7\n')]))
  expect(lines).toEqual(['\ufffd\ufffd\ufffd( - -', '192.0.2.7'])
})

it('puts a mark in the place of bytes that are not UTF-8', async () => {
  expect(await linesOf(new Uint8Array([0x61, 0xff, 0x62, 0x0a]))).toEqual(['a\ufffdb'])
})

it('has no lines for no bytes, and one for one byte', async () => {
  expect(await linesOf(new Uint8Array())).toEqual([])
  expect(await linesOf(utf8('a'))).toEqual(['a'])
})

it('keeps of an endless line only as much as shows that it is too long', async () => {
  const chunk = utf8('a'.repeat(100_000))
  let produced = 0
  let longest = 0
  function* chunks(): Generator<Uint8Array> {
    yield utf8('b\n')
    for (; produced < 100; produced += 1) yield chunk
    yield utf8('\nc\n')
  }
  const lines: string[] = []
  for await (const line of logLines(chunks())) {
    longest = Math.max(longest, line.length)
    lines.push(line.slice(0, 1))
  }
  expect(lines).toEqual(['b', 'a', 'c'])
  expect(longest).toBeGreaterThan(longestLine)
  expect(longest).toBeLessThanOrEqual(2 * chunk.length)
})

it('reads the same lines in whatever pieces the bytes come', async () => {
  // Every line begins with ASCII, as those of logs do: by it the encoding is known.
  const pieces = fc.constantFrom('a', 'é', '😀', '\u2028', '\t', ' ', '\ufeff', '\u0000', 'x'.repeat(70_000))
  const line = fc.array(pieces, { maxLength: 5 }).map((parts) => `192.${parts.join('')}`)
  const encodings = [
    utf8,
    (text: string) => utf16(`\ufeff${text}`, 'little'),
    (text: string) => utf16(`\ufeff${text}`, 'big'),
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 2, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom(...encodings),
      fc.integer({ min: 1, max: 200_000 }),
      async (lines, end, encode, size) => {
        const found = await linesOf(encode(lines.join(end)), Math.max(size, 7))
        expect(found.map((one) => one.slice(0, longestLine + 1))).toEqual(
          lines.map((one) => one.slice(0, longestLine + 1)),
        )
      },
    ),
  )
})

it('reads lines that end with CR alone in whatever pieces the bytes come', async () => {
  const line = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `1${text.replaceAll(/[\r\n]/g, '')}`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 2, maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      async (lines, size) => {
        expect(await linesOf(utf8(lines.join('\r')), size)).toEqual(lines)
      },
    ),
  )
})
