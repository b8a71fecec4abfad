import { expect, it } from 'vitest'
import { longestLine, parseAccessLine } from './access-line.ts'

it('reads the common format', () => {
  const line = '192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /logo.gif HTTP/1.0" 200 2326'
  expect(parseAccessLine(line)).toEqual({
    client: '192.0.2.7',
    time: Date.UTC(2000, 9, 10, 20, 55, 36),
    request: 'GET /logo.gif HTTP/1.0',
    status: 200,
    bytes: 2326,
  })
})

it('reads the combined format', () => {
  const line =
    '2001:db8::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 304 - "http://example.org/" "Mozilla/5.0 (\\"x\\")"'
  expect(parseAccessLine(line)).toEqual({
    client: '2001:db8::1',
    time: Date.UTC(2015, 4, 17, 10, 5, 3),
    request: 'GET / HTTP/1.1',
    status: 304,
    bytes: 0,
  })
})

it('leaves escapes in the request line as they are', () => {
  const line = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /\\"a\\\\ \\x16" 400 0'
  expect(parseAccessLine(line)?.request).toBe('GET /\\"a\\\\ \\x16')
})

it('reads a user name with spaces, an empty request, a leap day and an eastern zone', () => {
  const line = '192.0.2.7 - John Doe [29/Feb/2024:00:00:00 +0530] "" 408 0'
  expect(parseAccessLine(line)).toMatchObject({ time: Date.UTC(2024, 1, 28, 18, 30), request: '' })
})

it.each([
  [''],
  ['not a log line'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12x'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1\\" 200 12'],
  ['192.0.2.7 - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - 17/May/2015:10:05:03 +0000 "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/Mai/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [31/Apr/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [29/Feb/2023:10:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [00/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:24:05:03 +0000] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +2400] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0060] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03] "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [31/Dec/1969:23:59:59 +0000] "GET / HTTP/1.1" 200 12'],
  ['{"client":"192.0.2.7"}'],
])('finds this malformed: %s', (line) => {
  expect(parseAccessLine(line)).toBeUndefined()
})

it('finds a line that is too long malformed', () => {
  const head = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /'
  const tail = ' HTTP/1.1" 200 12'
  const fill = longestLine - head.length - tail.length
  expect(parseAccessLine(`${head}${'a'.repeat(fill)}${tail}`)).toBeDefined()
  expect(parseAccessLine(`${head}${'a'.repeat(fill + 1)}${tail}`)).toBeUndefined()
})

// Quadratic time would be minutes here.
it('reads hostile lines of the longest length in linear time', { timeout: 5000 }, () => {
  const head = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "'
  const hostile = ['a ', 'a [', '[ ', '\\"', '" ', '"\\', ' ', '[', ']', 'a" 200 1'].flatMap((piece) => {
    const fill = piece.repeat(Math.floor((longestLine - head.length) / piece.length))
    return [fill, `${head}${fill}`, `192.0.2.7 - ${fill}`]
  })
  expect(hostile.map(parseAccessLine).filter((record) => record !== undefined)).toEqual([])
})
