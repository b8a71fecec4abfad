import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clientReasons } from './access-client.ts'
import { parseAccessLine } from './access-line.ts'
import { jsonReasons } from './json-line.ts'

const nginx = {
  remote_addr: '192.0.2.7',
  time_iso8601: '2026-03-04T15:00:05+01:00',
  request: 'GET / HTTP/1.1',
  status: '200',
  body_bytes_sent: '5120',
}
const caddy = {
  level: 'info',
  ts: 1772632805.2504,
  logger: 'http.log.access',
  request: { remote_ip: '10.0.0.1', client_ip: '192.0.2.7', proto: 'HTTP/2.0', method: 'GET', uri: '/' },
  size: 5120,
  status: 200,
}
const read = (fields: unknown) => parseAccessLine(JSON.stringify(fields))
const at = Date.UTC(2026, 2, 4, 14, 0, 5)

it('reads the JSON lines of nginx', () => {
  const record = { client: '192.0.2.7', time: at, request: 'GET / HTTP/1.1', status: 200, bytes: 5120 }
  expect(read(nginx)).toEqual(record)
  expect(read({ ...nginx, time_iso8601: undefined, msec: '1772632805.251' })).toEqual({ ...record, time: at + 251 })
  expect(read({ ...nginx, time_iso8601: undefined, msec: 1772632805.251 })).toEqual({ ...record, time: at + 251 })
})

it('reads the access log of Caddy, and believes the client that Caddy believed', () => {
  expect(read(caddy)).toEqual({
    client: '192.0.2.7',
    time: at + 250,
    request: 'GET / HTTP/2.0',
    status: 200,
    bytes: 5120,
  })
  const { client_ip: _, ...older } = caddy.request
  expect(read({ ...caddy, request: older })).toHaveProperty('client', '10.0.0.1')
})

it.each([
  ['other fields', '{"client":"192.0.2.7"}', jsonReasons.shape],
  ['no JSON', '{"remote_addr":"192.0.2.7"', jsonReasons.shape],
  ['no request', JSON.stringify({ ...nginx, request: undefined }), jsonReasons.shape],
  ['no status', JSON.stringify({ ...nginx, status: '-' }), jsonReasons.shape],
  ['no client', JSON.stringify({ ...nginx, remote_addr: '-' }), clientReasons.missing],
  ['a socket for a client', JSON.stringify({ ...nginx, remote_addr: 'unix:' }), clientReasons.unclear],
  ['no date', JSON.stringify({ ...nginx, time_iso8601: undefined }), jsonReasons.date],
  ['no zone', JSON.stringify({ ...nginx, time_iso8601: '2026-03-04T15:00:05' }), jsonReasons.date],
  ['31 April', JSON.stringify({ ...nginx, time_iso8601: '2026-04-31T15:00:05Z' }), jsonReasons.date],
  ['milliseconds for seconds', JSON.stringify({ ...caddy, ts: 1772632805250 }), jsonReasons.date],
  ['a date before 1970', JSON.stringify({ ...caddy, ts: -1 }), jsonReasons.date],
])('finds a JSON line with %s malformed', (_, line, malformed) => {
  expect(parseAccessLine(line)).toEqual({ malformed })
})

it('reads back every time to the ms, whichever way it is written', () => {
  const times = fc.integer({ min: 86_400_000, max: Date.UTC(5000, 0, 1) })
  fc.assert(
    fc.property(times, fc.integer({ min: -14 * 60, max: 14 * 60 }), (time, offset) => {
      const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
      const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
      const iso = new Date(time + offset * 60_000).toISOString().replace('Z', zone)
      expect(read({ ...nginx, time_iso8601: iso })).toHaveProperty('time', time)
      expect(read({ ...caddy, ts: time / 1000 })).toHaveProperty('time', time)
    }),
  )
})

it('never throws, whatever JSON comes', () => {
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom(...Object.keys(nginx), 'ts', 'size', 'client_ip') }), (fields) => {
      const record = read(fields)
      if (!('malformed' in record)) expect(Number.isSafeInteger(record.time)).toBe(true)
    }),
  )
})
