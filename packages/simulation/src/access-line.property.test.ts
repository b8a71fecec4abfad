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
  readonly user: string
  readonly zone: Zone
  readonly tail: string
}

function formatted({ client, time, request, status, bytes }: AccessRecord, { user, zone, tail }: Rest): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const offset = (zone.hours * 60 + zone.minutes) * 60_000
  const wall = new Date(time + (zone.sign === '-' ? -offset : offset))
  const day = `${two(wall.getUTCDate())}/${months[wall.getUTCMonth()]}/${String(wall.getUTCFullYear()).padStart(4, '0')}`
  const clock = `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`
  const date = `${day}:${clock} ${zone.sign}${two(zone.hours)}${two(zone.minutes)}`
  return `${client} - ${user} [${date}] "${request}" ${status} ${bytes === 0 ? '-' : bytes}${tail}`
}

const seconds = fc.integer({ min: 86_400, max: Date.UTC(9998, 0, 1) / 1000 })
const client = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
const request = fc
  .string({ unit: 'binary' })
  .map((text) => text.replaceAll(/["\\\r\n\u2028\u2029]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`))
const records: fc.Arbitrary<AccessRecord> = fc.record({
  client,
  time: seconds.map((value) => value * 1000),
  request,
  status: fc.integer({ min: 100, max: 599 }),
  bytes: fc.nat(),
})
const rests: fc.Arbitrary<Rest> = fc.record({
  user: fc.constantFrom('-', 'frank', 'John Doe', 'josé'),
  zone: fc.record({
    sign: fc.constantFrom('+', '-'),
    hours: fc.integer({ min: 0, max: 14 }),
    minutes: fc.constantFrom(0, 30, 45),
  }),
  tail: fc.constantFrom('', ' "-" "-"', ' "http://example.org/" "Mozilla/5.0 (X11)" 0.012', '\t'),
})

it('reads back every record that was written', () => {
  fc.assert(
    fc.property(records, rests, (record, rest) => {
      expect(parseAccessLine(formatted(record, rest))).toEqual(record)
    }),
  )
})

it('never throws, and never returns half a record', () => {
  const torn = fc
    .tuple(records, rests, fc.nat(200), fc.string({ unit: 'binary', maxLength: 5 }))
    .map(([record, rest, place, junk]) => {
      const line = formatted(record, rest)
      return line.slice(0, place) + junk + line.slice(place + junk.length)
    })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), torn), (line) => {
      const record = parseAccessLine(line)
      if (record === undefined) return
      expect(record.client).toMatch(/^\S+$/)
      expect(Number.isSafeInteger(record.time) && record.time >= 0).toBe(true)
      expect(Number.isSafeInteger(record.status)).toBe(true)
      expect(Number.isSafeInteger(record.bytes)).toBe(true)
    }),
  )
})
