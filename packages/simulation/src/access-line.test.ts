import { expect, it } from 'vitest'
import { clientReasons } from './access-client.ts'
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
  expect(parseAccessLine(line)).toHaveProperty('request', 'GET /\\"a\\\\ \\x16')
})

it('reads a user name with spaces, an empty request, a leap day and an eastern zone', () => {
  const line = '192.0.2.7 - John Doe [29/Feb/2024:00:00:00 +0530] "" 408 0'
  expect(parseAccessLine(line)).toMatchObject({ time: Date.UTC(2024, 1, 28, 18, 30), request: '' })
})

it.each([
  ['17/May/2015:10:05:03.250 +0000', Date.UTC(2015, 4, 17, 10, 5, 3, 250)],
  ['17/May/2015:10:05:03.250999 +0000', Date.UTC(2015, 4, 17, 10, 5, 3, 250)],
  ['17/May/2015:10:05:03.5 -0100', Date.UTC(2015, 4, 17, 11, 5, 3, 500)],
  ['01/Jan/1970:00:00:00 +0000', 0],
  ['31/Dec/2099:23:59:59 +0000', Date.UTC(2099, 11, 31, 23, 59, 59)],
  ['31/Dec/9999:23:59:59 +0000', Date.UTC(9999, 11, 31, 23, 59, 59)],
])('reads the date %s', (date, time) => {
  expect(parseAccessLine(`192.0.2.7 - - [${date}] "GET / HTTP/1.1" 200 12`)).toMatchObject({ time })
})

it.each(['0.012', '1234 5678', '"-" "curl/8" 0.012 0.011 .', 'rt=0.1 uct="0.0"'])(
  'ignores further fields at the end: %s',
  (fields) => {
    const line = `192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12 ${fields}`
    expect(parseAccessLine(line)).toMatchObject({ client: '192.0.2.7', bytes: 12 })
  },
)

it.each([
  // One client, one key.
  ['192.0.2.7 - -', '192.0.2.7'],
  ['192.0.2.7:40001 - -', '192.0.2.7'],
  ['::ffff:192.0.2.7 - -', '192.0.2.7'],
  ['::FFFF:c000:0207 - -', '192.0.2.7'],
  ['[::ffff:192.0.2.7]:40001 - -', '192.0.2.7'],
  ['[2001:db8::1]:443 - -', '2001:db8::1'],
  ['[2001:db8::1] - -', '2001:db8::1'],
  ['2001:DB8:0:0:0:0:0:1 - -', '2001:db8::1'],
  ['fe80::1%eth0 - -', 'fe80::1%eth0'],
  ['Client.example.net - frank', 'client.example.net'],
  ['__proto__ - -', '__proto__'],
  ['constructor - -', 'constructor'],
  ['192.0.2.7 frank -', '192.0.2.7'],
  ['192.0.2.7 - Jo Ann', '192.0.2.7'],
  ['192.0.2.7 "" -', '192.0.2.7'],
  // The virtual host comes first.
  ['shop.example:443 192.0.2.7 - -', '192.0.2.7'],
  ['*:443 192.0.2.7 - -', '192.0.2.7'],
  ['shop.example:443 [2001:db8::1]:40001 - Jo Ann', '2001:db8::1'],
  ['shop.example:80 client.example.net - -', 'client.example.net'],
  ['shop.example 192.0.2.7 - Jo Ann', '192.0.2.7'],
  ['10.0.0.5:443 192.0.2.7 - -', '192.0.2.7'],
  // Of several addresses, the only one outside internal networks.
  ['192.0.2.7, 10.0.0.1 - -', '192.0.2.7'],
  ['192.0.2.7,10.0.0.1,127.0.0.1 - -', '192.0.2.7'],
  ['10.0.0.1, 192.0.2.7:40001, ::ffff:192.0.2.7 - -', '192.0.2.7'],
  ['172.31.0.1 192.0.2.7 - -', '192.0.2.7'],
  ['192.0.2.7 100.64.0.9 - -', '192.0.2.7'],
  ['shop.example:443 192.0.2.7, fd00::1 - Jo Ann', '192.0.2.7'],
  ['10.0.0.1, 10.0.0.1 - -', '10.0.0.1'],
])('finds the client of: %s', (head, client) => {
  expect(parseAccessLine(`${head} [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12`)).toMatchObject({ client })
})

it.each([
  ['- - -', clientReasons.missing],
  ['unknown - -', clientReasons.missing],
  ['shop.example:443 - - -', clientReasons.missing],
  ['192.0.2.7, unknown - -', clientReasons.missing],
  ['192.0.2.7, 198.51.100.9 - -', clientReasons.several],
  ['192.0.2.7 198.51.100.9 - -', clientReasons.several],
  ['10.0.0.1, 10.0.0.2 - -', clientReasons.several],
  ['10.0.0.1 - 192.0.2.7', clientReasons.several],
  ['192.0.2.300 - -', clientReasons.unclear],
  ['010.0.2.7 - -', clientReasons.unclear],
  ['0x7f000001 - -', clientReasons.unclear],
  ['3232235777 - -', clientReasons.unclear],
  ['::192.0.2.7 - -', clientReasons.unclear],
  ['::ffff:192.0.2.07 - -', clientReasons.unclear],
  ['2001:db8::1::2 - -', clientReasons.unclear],
  ['192.0.2.7, evil" - -', clientReasons.unclear],
  ['unix: - -', clientReasons.unclear],
  ['\u001b[31mred - -', undefined],
  ['\u001bred - -', clientReasons.unclear],
  ['192.0.2.1\u0085 - -', clientReasons.unclear],
  ['\ufffd\ufffd( - -', clientReasons.unclear],
  ['{}%}\\x00 - -', clientReasons.unclear],
  ['shop.example:443 - -', clientReasons.fields],
  ['shop.example client.example.net - -', clientReasons.fields],
  ['shop.example - - -', clientReasons.fields],
  ['shop.example - frank Jo', clientReasons.fields],
  ['192.0.2.7 client.example.net - -', clientReasons.fields],
  ['192.0.2.7 -', clientReasons.fields],
  ['192.0.2.7 - ', clientReasons.fields],
  [' 192.0.2.7 - -', undefined],
  ['192.0.2.7\t-\t-', undefined],
])('finds no client that it could trust in: %j', (head, reason) => {
  const line = `${head} [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12`
  expect(parseAccessLine(line)).toEqual({ malformed: reason ?? expect.stringMatching(/^The .*\.$/) })
})

it('takes a U+2028 for what it is, not for the end of a line', () => {
  const forged = '203.0.113.77 - - [17/May/2015:10:05:03 +0000] "GET /forged HTTP/1.1" 200 1'
  const line = `192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /\\\u2028 HTTP/1.1" 200 1 "-" "\u2028${forged}"`
  expect(parseAccessLine(line)).toMatchObject({ client: '192.0.2.7', request: 'GET /\\\u2028 HTTP/1.1' })
})

const shape = 'The line is not in the common or combined format.'
const badDate = 'The date does not exist, lies before 1970, or is not written like [17/May/2015:10:05:03 +0200].'
const broken = 'A line break of another kind than the log uses stands inside the line.'

it.each<[line: string, reason?: string]>([
  [''],
  ['not a log line'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12x'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1\\" 200 12'],
  ['192.0.2.7 - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12', clientReasons.fields],
  ['192.0.2.7 - - 17/May/2015:10:05:03 +0000 "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/Mai/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [31/Apr/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [29/Feb/2023:10:05:03 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [00/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [17/May/2015:24:05:03 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +2400] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0060] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [17/May/2015:10:05:03] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [31/Dec/1969:23:59:59 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [26/nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [26/nov./2026:10:00:00 +0100] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [26/Nov/2026:10:00:00 GMT] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [ 6/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [01/Jan/1970:00:00:00 +0100] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [31/Dec/2016:23:59:60 +0000] "GET / HTTP/1.1" 200 12', badDate],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /"q" HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" - -'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 -1'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000]  "GET / HTTP/1.1" 200 12'],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1\r192.0.2.8 - -', broken],
  ['192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1\n192.0.2.8 - -', broken],
])('finds this malformed: %j', (line, reason = shape) => {
  expect(parseAccessLine(line)).toEqual({ malformed: reason })
})

it('finds a line that is too long malformed', () => {
  const head = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /'
  const tail = ' HTTP/1.1" 200 12'
  const fill = longestLine - head.length - tail.length
  expect(parseAccessLine(`${head}${'a'.repeat(fill)}${tail}`)).toHaveProperty('client')
  expect(parseAccessLine(`${head}${'a'.repeat(fill + 1)}${tail}`)).toHaveProperty('malformed')
})

// Quadratic time would be minutes here.
it('reads hostile lines of the longest length in linear time', { timeout: 5000 }, () => {
  const head = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "'
  const hostile = [
    'a ',
    'a [',
    '[ ',
    '\\"',
    '" ',
    '"\\',
    ' ',
    '[',
    ']',
    'a" 200 1',
    ' [::1]',
    '[::1] [',
    '192.0.2.1 ',
    '10.0.0.1, ',
    'a.',
    '::',
  ].flatMap((piece) => {
    const fill = piece.repeat(Math.floor((longestLine - head.length) / piece.length))
    return [fill, `${head}${fill}`, `192.0.2.7 - ${fill}`, `${fill} [17/May/2015:10:05:03 +0000] "`]
  })
  expect(hostile.map(parseAccessLine).filter((record) => 'client' in record)).toEqual([])
})
