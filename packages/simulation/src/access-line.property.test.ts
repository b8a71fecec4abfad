import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AccessRecord, parseAccessLine } from './access-line.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

interface Zone {
  readonly sign: '+' | '-'
  readonly hours: number
  readonly minutes: number
}

interface Rest {
  readonly zone: Zone
  readonly tail: string
}

/** What stands before the date, and whose request it was. */
interface Head {
  readonly text: string
  readonly client: string
}

function formatted({ time, request, status, bytes }: AccessRecord, { text }: Head, { zone, tail }: Rest): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const offset = (zone.hours * 60 + zone.minutes) * 60_000
  const wall = new Date(time + (zone.sign === '-' ? -offset : offset))
  const day = `${two(wall.getUTCDate())}/${months[wall.getUTCMonth()]}/${String(wall.getUTCFullYear()).padStart(4, '0')}`
  const clock = `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`
  const ms = wall.getUTCMilliseconds()
  const fraction = ms === 0 ? '' : `.${String(ms).padStart(3, '0')}`
  const date = `${day}:${clock}${fraction} ${zone.sign}${two(zone.hours)}${two(zone.minutes)}`
  return `${text} [${date}] "${request}" ${status} ${bytes === 0 ? '-' : bytes}${tail}`
}

const seconds = fc.integer({ min: 86_400, max: Date.UTC(9998, 0, 1) / 1000 })
const ms = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 999 }))
const request = fc
  .string({ unit: 'binary' })
  .map((text) => text.replaceAll(/["\\\r\n]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`))
const records: fc.Arbitrary<Omit<AccessRecord, 'client'>> = fc.record({
  time: fc.tuple(seconds, ms).map(([whole, part]) => whole * 1000 + part),
  request,
  status: fc.integer({ min: 100, max: 599 }),
  bytes: fc.nat(),
})
const rests: fc.Arbitrary<Rest> = fc.record({
  zone: fc.record({
    sign: fc.constantFrom('+', '-'),
    hours: fc.integer({ min: 0, max: 14 }),
    minutes: fc.constantFrom(0, 30, 45),
  }),
  tail: fc.constantFrom('', ' "-" "-"', ' "http://example.org/" "Mozilla/5.0 (X11)" 0.012', '\t', ' "-" "\u2028" 1234'),
})

/** An address in one of its spellings, and the spelling that all of them have in common. */
interface Spelled {
  readonly written: string
  readonly client: string
}

const ports = fc.nat(65_535)
const externalFours = fc
  .tuple(fc.constantFrom(1, 8, 93, 172, 192, 203), fc.constantFrom(0, 32, 100, 255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'))
const internalFours = fc
  .tuple(fc.constantFrom('10.0', '192.168', '172.16', '172.31', '127.0', '100.64', '169.254'), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'))

/** As IPv4, with a port, mapped into IPv6 in two ways, in brackets. */
const spelledFour = (fours: fc.Arbitrary<string>): fc.Arbitrary<Spelled> =>
  fc.tuple(fours, ports, fc.nat(4)).map(([client, port, spelling]) => {
    const [a = 0, b = 0, c = 0, d = 0] = client.split('.').map(Number)
    const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    const spellings = [client, `${client}:${port}`, `::ffff:${client}`, `::FFFF:${hex}`, `[::ffff:${client}]:${port}`]
    return { written: spellings[spelling] ?? client, client }
  })
/** In full or short, in small or capital letters, in brackets with a port or without. */
const spelledSix = (groups: fc.Arbitrary<readonly number[]>): fc.Arbitrary<Spelled> =>
  fc.tuple(groups, ports, fc.nat(5)).map(([eight, port, spelling]) => {
    const full = eight.map((group) => group.toString(16).padStart(4, '0')).join(':')
    // The oracle is the URL parser of the runtime.
    const client = new URL(`http://[${full}]/`).hostname.slice(1, -1)
    const spellings = [client, full, full.toUpperCase(), client.toUpperCase(), `[${client}]`, `[${full}]:${port}`]
    return { written: spellings[spelling] ?? client, client }
  })
const sixOf = (first: number): fc.Arbitrary<readonly number[]> =>
  fc
    .tuple(fc.constant(first), fc.array(fc.oneof(fc.constant(0), fc.nat(65_535)), { minLength: 7, maxLength: 7 }))
    .map(([head, others]) => [head, ...others])

const externals = fc.oneof(spelledFour(externalFours), spelledSix(sixOf(0x2001)), spelledSix(sixOf(0x2a02)))
const internals = fc.oneof(spelledFour(internalFours), spelledSix(sixOf(0xfd12)), spelledSix(sixOf(0xfe80)))
const labels = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
const names = fc.tuple(labels, labels).map((parts) => parts.join('.'))
const virtualHosts = fc.tuple(names, ports).map(([name, port]) => `${name}:${port}`)
const users = fc.constantFrom('-', 'frank', 'John Doe', 'josé', '- -', 'a - b', '::', 'a,', 'John 7', '""')
/** Users that say where they come from, as anyone may: they must not be believed. */
const sneaky = fc.oneof(
  users,
  externals.map(({ written }) => written),
  fc.tuple(externals, names).map(([{ written }, name]) => `${name} ${written} -`),
  virtualHosts,
)
const identities = fc.constantFrom('-', '""', 'frank')

const plain: fc.Arbitrary<Head> = fc
  .tuple(fc.oneof(externals, internals), identities, fc.constantFrom('-', 'frank', 'John Doe', 'josé', 'a - b'))
  .map(([{ written, client }, identity, user]) => ({ text: `${written} ${identity} ${user}`, client }))
const named: fc.Arbitrary<Head> = fc
  .tuple(names, fc.constantFrom('-', 'frank', 'josé'))
  .map(([client, user]) => ({ text: `${client} - ${user}`, client }))
const behindHost: fc.Arbitrary<Head> = fc
  .tuple(fc.oneof(virtualHosts, names), fc.oneof(plain))
  .map(([host, { text, client }]) => ({ text: `${host} ${text}`, client }))
const namedBehindHost: fc.Arbitrary<Head> = fc
  .tuple(virtualHosts, named)
  .map(([host, { text, client }]) => ({ text: `${host} ${text}`, client }))
const forwarded: fc.Arbitrary<Head> = fc
  .tuple(
    externals,
    fc.array(internals, { minLength: 1, maxLength: 4 }),
    fc.nat(4),
    fc.constantFrom(', ', ',', ' '),
    fc.constantFrom('-', 'frank', 'John Doe'),
  )
  .map(([{ written, client }, proxies, place, between, user]) => {
    const all = proxies.map((proxy) => proxy.written).toSpliced(place, 0, written)
    return { text: `${all.join(between)} - ${user}`, client }
  })

it.each([
  ['common', plain],
  ['common, with host names', named],
  ['with the virtual host first', behindHost],
  ['with the virtual host first and host names', namedBehindHost],
  ['with a list of addresses of which one is outside', forwarded],
])('reads back every record that was written: %s', (_, heads) => {
  fc.assert(
    fc.property(records, heads, rests, (record, head, rest) => {
      const whole = { ...record, client: head.client }
      expect(parseAccessLine(formatted(whole, head, rest))).toEqual(whole)
    }),
  )
})

/** Formats that leave it open who the client was, or that say so in an order that is not known. */
const unclear: fc.Arbitrary<Head> = fc.oneof(
  // Either may be the client, so taking one of them is wrong in some logs.
  fc
    .tuple(externals, externals, fc.constantFrom(', ', ',', ' '), identities, sneaky)
    .map(([one, other, between, identity, user]) => ({
      text: `${one.written}${between}${other.written} ${identity} ${user}`,
      client: one.client === other.client ? one.client : 'nobody',
    })),
  fc
    .tuple(names, fc.oneof(names, fc.constant('-')), identities, sneaky)
    .map(([host, client, identity, user]) => ({ text: `${host} ${client} ${identity} ${user}`, client })),
  fc.tuple(names, names, users).map(([host, client, user]) => ({ text: `${host} ${client} ${user}`, client })),
  fc
    .tuple(fc.oneof(names, virtualHosts), sneaky)
    .map(([host, user]) => ({ text: `${host} - - ${user}`, client: 'nobody' })),
  fc.tuple(externals, sneaky).map(([{ client, written }, user]) => ({ text: `10.0.0.1 - ${written} ${user}`, client })),
  fc.tuple(externals, identities, sneaky).map(([{ client, written }, identity, user]) => ({
    text: `${written} ${identity} ${user}`,
    client,
  })),
  fc.tuple(names, sneaky).map(([client, user]) => ({ text: `${client} - ${user}`, client })),
  fc
    .tuple(virtualHosts, names, identities, sneaky)
    .map(([host, client, identity, user]) => ({ text: `${host} ${client} ${identity} ${user}`, client })),
  fc
    .tuple(virtualHosts, externals, sneaky)
    .map(([host, { client, written }, user]) => ({ text: `${host} ${written} - ${user}`, client })),
)

it('never takes another for the client, whatever the format and the user', () => {
  const found = { right: 0, malformed: 0 }
  fc.assert(
    fc.property(records, unclear, rests, (record, head, rest) => {
      const read = parseAccessLine(formatted({ ...record, client: head.client }, head, rest))
      if ('malformed' in read) found.malformed += 1
      else {
        found.right += 1
        expect(read.client).toBe(head.client)
      }
    }),
    {
      numRuns: 2000,
      examples: [
        [
          { time: 86_400_000, request: '', status: 100, bytes: 0 },
          { text: 'shop - "" frank', client: '-' },
          { zone: { sign: '+', hours: 0, minutes: 0 }, tail: '' },
        ],
      ],
    },
  )
  expect(found.right).toBeGreaterThan(100)
  expect(found.malformed).toBeGreaterThan(100)
})

it('never throws, and never returns half a record', () => {
  const torn = fc
    .tuple(
      records,
      fc.oneof(plain, named, behindHost, forwarded, unclear),
      rests,
      fc.nat(200),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    .map(([record, head, rest, place, junk]) => {
      const line = formatted({ ...record, client: head.client }, head, rest)
      return line.slice(0, place) + junk + line.slice(place + junk.length)
    })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), torn), (line) => {
      const read = parseAccessLine(line)
      if ('malformed' in read) {
        expect(read.malformed).toMatch(/^[A-Z].*\.$/)
        return
      }
      expect(read.client).toMatch(/^[\w.:%-]+$/)
      expect(Number.isSafeInteger(read.time) && read.time >= 0).toBe(true)
      expect(Number.isSafeInteger(read.status)).toBe(true)
      expect(Number.isSafeInteger(read.bytes)).toBe(true)
    }),
  )
})
