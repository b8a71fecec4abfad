import { expect, it } from 'vitest'
import { clientReasons } from './access-client.ts'
import { type AccessLog, readAccessLog } from './access-log.ts'
import { logLines } from './log-lines.ts'

const line = (head: string): string => `${head} [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12`
const shape = 'The line is not in the common or combined format.'

/** How many requests each client made. */
function counts({ clients, clientOf }: AccessLog): Readonly<Record<string, number>> {
  const counted = clients.map((client, i) => [client, clientOf.filter((one) => one === i).length] as const)
  return Object.fromEntries(counted)
}

it('keeps what it can read, and says which lines it could not, and why', async () => {
  const log = await readAccessLog([
    line('192.0.2.1 - -'),
    '',
    'junk',
    line('192.0.2.2 - -'),
    '   ',
    line('- - -'),
    'more junk',
    line('192.0.2.1:80 - -'),
  ])
  expect(log.clients).toEqual(['192.0.2.1', '192.0.2.2'])
  expect(log.clientOf).toEqual([0, 1, 0])
  expect(log.times).toEqual(Array.from({ length: 3 }, () => Date.UTC(2015, 4, 17, 10, 5, 3)))
  expect(log.malformed).toEqual([
    { reason: shape, lines: [3, 7] },
    { reason: clientReasons.missing, lines: [6] },
  ])
})

it('keeps the first three lines that it could not read as they are', async () => {
  const log = await readAccessLog(['junk', line('192.0.2.1 - -'), ' \u001b[31m{ ', line('- - -'), 'more junk'])
  expect(log.firstMalformed).toEqual([
    { number: 1, text: 'junk' },
    { number: 3, text: ' \u001b[31m{ ' },
    { number: 4, text: line('- - -') },
  ])
})

it('reads lines as they come', async () => {
  async function* lines(): AsyncGenerator<string> {
    yield line('192.0.2.1 - -')
    yield 'junk'
  }
  expect(await readAccessLog(lines())).toMatchObject({
    clients: ['192.0.2.1'],
    malformed: [{ reason: shape, lines: [2] }],
  })
})

it('is empty for an empty log', async () => {
  expect(await readAccessLog([])).toEqual({ clients: [], clientOf: [], times: [], malformed: [], firstMalformed: [] })
})

it('keeps clients apart that are called like the properties of every object', async () => {
  const heads = ['__proto__ - -', 'constructor - -', 'tostring - -', '__proto__ - -']
  expect((await readAccessLog(heads.map(line))).clientOf).toEqual([0, 1, 2, 0])
})

const times = (count: number, write: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(write(i)))
const plain = times(6, () => '192.0.2.7 - -').join('\n')
const six = { '192.0.2.7': 6 }

/** A log as it may come, and what is right: the requests of each client, or why lines are not counted. */
const logs: [
  what: string,
  bytes: Uint8Array | string,
  requests: Readonly<Record<string, number>>,
  malformed?: AccessLog['malformed'],
][] = [
  ['of UTF-8', plain, six],
  ['with a byte-order mark', `\ufeff${plain}`, six],
  ['of UTF-16', Buffer.from(`\ufeff${plain}`, 'utf16le'), six],
  ['of UTF-16, big end first', Buffer.from(`\ufeff${plain}`, 'utf16le').swap16(), six],
  ['with CRLF', plain.replaceAll('\n', '\r\n'), six],
  ['with CR alone', plain.replaceAll('\n', '\r'), six],
  [
    'with the virtual host first',
    times(3, (i) => `shop.example:443 192.0.2.${i} - -`).join('\n'),
    { '192.0.2.0': 1, '192.0.2.1': 1, '192.0.2.2': 1 },
  ],
  ['with address and port', times(6, (i) => `192.0.2.7:${40_000 + i} - -`).join('\n'), six],
  ['with mapped addresses', times(6, (i) => `${i % 2 ? '::ffff:' : ''}192.0.2.7 - -`).join('\n'), six],
  ['with two addresses', times(6, (i) => `172.31.0.${i} 192.0.2.7 - -`).join('\n'), six],
  ['with lists of addresses', times(6, (i) => `192.0.2.7, 10.0.0.${i} - -`).join('\n'), six],
  [
    'with two clients on a line',
    times(2, (i) => `192.0.2.${i}, 198.51.100.1 - -`).join('\n'),
    {},
    [{ reason: clientReasons.several, lines: [1, 2] }],
  ],
  ['without clients', times(3, () => '- - -').join('\n'), {}, [{ reason: clientReasons.missing, lines: [1, 2, 3] }]],
  ['with ms', plain.replaceAll(' +0000]', '.123 +0000]'), six],
  ['with the time taken at the end', plain.replaceAll('12\n', '12 "-" "curl/8" 0.012 1234\n'), six],
  [
    'with many years',
    `${plain}\n${plain.replaceAll('2015', '1970')}\n${plain.replaceAll('2015', '9999')}`,
    { '192.0.2.7': 18 },
  ],
  [
    'with a line that was to be forged by U+2028',
    `${line('192.0.2.7 - -')} "-" "\u2028${line('203.0.113.77 - -')}"\n`,
    { '192.0.2.7': 1 },
  ],
  [
    'with a line that was to be forged by CR',
    `${line('192.0.2.7 - -')}\n${line('192.0.2.7 - -')} "-" "\r${line('203.0.113.77 - -')}"\n`,
    { '192.0.2.7': 1 },
    [{ reason: 'A line break of another kind than the log uses stands inside the line.', lines: [2] }],
  ],
  [
    'with bytes that are no text',
    Buffer.concat([
      Buffer.from([0xff, 0xfe, 0xe3]),
      Buffer.from(` - - ${line('').trim()}\n${line('\u001bred - -')}\n${line('192.0.2.7\u0085 - -')}`),
    ]),
    {},
    [{ reason: clientReasons.unclear, lines: [1, 2, 3] }],
  ],
]

it.each(logs)('counts each request for its client, in a log %s', async (_, bytes, requests, malformed = []) => {
  const log = await readAccessLog(logLines([typeof bytes === 'string' ? Buffer.from(bytes) : bytes]))
  expect(counts(log)).toEqual(requests)
  expect(log.malformed).toEqual(malformed)
})
