import { expect, it, vi } from 'vitest'
import { type ClientIpOptions, clientIp } from './client-ip.ts'

const noHeaders = new Headers()
const forwardedFor = (...lines: readonly string[]) =>
  new Headers(lines.map((line) => ['X-Forwarded-For', line] as [string, string]))
const forwarded = (value: string) => new Headers({ Forwarded: value })
const behind = clientIp({ trust: ['10.0.0.0/8', 'fd00::/8'] })
const behindForwarded = clientIp({ trust: ['10.0.0.0/8', 'fd00::/8'], header: 'Forwarded' })

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:40000', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['[::ffff:192.0.2.7]:443', '192.0.2.7'],
  ['64:ff9b::c000:207', '192.0.2.7'],
  ['64:ff9b::192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2ff::1', '2001:db8:1:200::/56'],
  ['2001:0DB8:0001:0201::ffff', '2001:db8:1:200::/56'],
  ['[2001:db8:1:2ab::1]:443', '2001:db8:1:200::/56'],
  ['fe80::1%eth0', 'fe80::/56'],
  ['[fe80::1%25eth0]:80', 'fe80::/56'],
])('counts %s for %s', (peer, key) => {
  expect(clientIp()(peer, noHeaders)).toBe(key)
})

it.each([
  undefined,
  '',
  'localhost',
  '127.1',
  '0x7f.1',
  '192.0.2.01',
  '1.2.3.4.5',
  '::1.2.3',
  '::192.0.2.7',
  '[::1',
  '256.1.1.1',
  '1::2::3',
  '::ffff:192.0.2.010',
  `fe80::1%${'x'.repeat(200)}`,
])('shares one key among clients without an address that can be read: %s', (peer) => {
  expect(clientIp()(peer, noHeaders)).toBe('unknown')
})

it('takes as many bits of an IPv6 address as it is told', () => {
  expect(clientIp({ prefix: 64 })('2001:db8:1:2ff:3::1', noHeaders)).toBe('2001:db8:1:2ff::/64')
  expect(clientIp({ prefix: 32 })('2001:db8:1:2ff:3::1', noHeaders)).toBe('2001:db8::/32')
  expect(clientIp({ prefix: 128 })('2001:db8:1:2ff:3::1', noHeaders)).toBe('2001:db8:1:2ff:3::1')
  expect(clientIp({ prefix: 32 })('192.0.2.7', noHeaders)).toBe('192.0.2.7')
})

it('believes trusted proxies, from the right, and nobody else', () => {
  expect(behind('10.0.0.1', forwardedFor('1.1.1.1, 192.0.2.7'))).toBe('192.0.2.7')
  expect(behind('10.0.0.1', forwardedFor('1.1.1.1', '192.0.2.7, 10.0.0.2', 'fd00::3'))).toBe('192.0.2.7')
  expect(behind('::ffff:10.0.0.1', forwardedFor('192.0.2.7:1234'))).toBe('192.0.2.7')
  expect(behind('203.0.113.9', forwardedFor('192.0.2.7'))).toBe('203.0.113.9')
  expect(behind('10.0.0.1', forwarded('for=192.0.2.7'))).toBe('10.0.0.1')
  expect(behind('10.0.0.1', forwardedFor('10.0.0.3, 10.0.0.2'))).toBe('10.0.0.3')
  expect(behind(undefined, forwardedFor('192.0.2.7'))).toBe('unknown')
  // An entry that the proxy left empty is not skipped: what stands before it is the client's word.
  expect(behind('10.0.0.1', forwardedFor('192.0.2.7, '))).toBe('10.0.0.1')
  expect(behind('10.0.0.1', { 'x-forwarded-for': '192.0.2.7,,10.0.0.2' })).toBe('10.0.0.2')
})

it('reads fields as Node gives them', () => {
  expect(behind('10.0.0.1', { 'x-forwarded-for': '1.1.1.1, 192.0.2.7' })).toBe('192.0.2.7')
  expect(behind('10.0.0.1', { 'x-forwarded-for': ['1.1.1.1', '192.0.2.7'] })).toBe('192.0.2.7')
  expect(behind('10.0.0.1', {})).toBe('10.0.0.1')
})

it.each([
  ['for=192.0.2.7', '192.0.2.7'],
  ['for=1.1.1.1, For="192.0.2.7:47011";proto=http;by=10.0.0.1', '192.0.2.7'],
  ['for="[2001:db8:1:2ff::1]:4711"', '2001:db8:1:200::/56'],
  ['for="[2001:db8:1:2ff::1]:_port"', '2001:db8:1:200::/56'],
  ['host="a,for=1.1.1.1";for=192.0.2.7', '192.0.2.7'],
  ['host="\\",for=1.1.1.1\\"";for=192.0.2.7', '192.0.2.7'],
  ['for="1.1.1.1, for=192.0.2.7', '192.0.2.7'],
  ['for="\\", for=192.0.2.7', '192.0.2.7'],
  ['for=192.0.2.7, for=10.0.0.2', '192.0.2.7'],
  // What a trusted proxy does not name is counted for the proxy.
  ['for=unknown', '10.0.0.1'],
  ['for=192.0.2.7, for=_hidden', '10.0.0.1'],
  ['for=192.0.2.7, proto=https', '10.0.0.1'],
  ['for=192.0.2.7;for=192.0.2.8', '10.0.0.1'],
  [`for=192.0.2.7;host=${'x'.repeat(2000)}`, '10.0.0.1'],
  ['for=192.0.2.7, for=unknown, for=10.0.0.2', '10.0.0.2'],
])('reads Forwarded: %s', (value, key) => {
  expect(behindForwarded('10.0.0.1', forwarded(value))).toBe(key)
})

it('counts hops from the right, and counts for the peer what came through fewer', () => {
  const two = clientIp({ hops: 2 })
  expect(two('10.0.0.1', forwardedFor('1.1.1.1, 192.0.2.7, 172.16.0.1'))).toBe('192.0.2.7')
  expect(two('203.0.113.9', forwardedFor('192.0.2.7'))).toBe('203.0.113.9')
  expect(two('203.0.113.9', noHeaders)).toBe('203.0.113.9')
  expect(clientIp({ hops: 1, header: 'cf-connecting-ip' })(undefined, { 'cf-connecting-ip': '192.0.2.7' })).toBe(
    '192.0.2.7',
  )
})

it('warns once of what makes clients share a key, and never names an address', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const said = (options: ClientIpOptions, peer: string | undefined, headers: Headers) => {
    warn.mockClear()
    const find = clientIp(options)
    find(peer, headers)
    find(peer, headers)
    for (const [message] of warn.mock.calls) expect(message).not.toMatch(/\d+\.\d+/)
    return warn.mock.calls.map(([, options]) => (options as { code: string }).code)
  }
  try {
    const one = forwardedFor('192.0.2.7')
    expect(said({}, '10.0.0.1', one)).toEqual(['SLUICE_UNTRUSTED_FORWARDED'])
    expect(said({ trust: ['10.0.0.2'] }, '10.0.0.1', one)).toEqual(['SLUICE_UNTRUSTED_FORWARDED'])
    expect(said({ trust: ['10.0.0.1'] }, '10.0.0.1', one)).toEqual([])
    expect(said({ trust: ['10.0.0.1'] }, '10.0.0.1', noHeaders)).toEqual([])
    expect(said({ trust: ['10.0.0.1'] }, '10.0.0.1', forwardedFor('unknown'))).toEqual(['SLUICE_NAMELESS_CLIENT'])
    expect(said({ hops: 2 }, '10.0.0.1', one)).toEqual(['SLUICE_FEW_HOPS'])
    expect(said({}, undefined, noHeaders)).toEqual(['SLUICE_SHARED_KEY'])
  } finally {
    warn.mockRestore()
  }
})

it.each<[unknown, RegExp]>([
  [{ trust: ['10.0.0.0/8'], hops: 1 }, /either `trust` or `hops`/],
  [{ header: 'forwarded' }, /`header` to come with `trust` or `hops`/],
  [{ trust: [] }, /at least one proxy/],
  [{ trust: '10.0.0.1' }, /`trust` to be an array/],
  [{ trust: ['0.0.0.0/0'] }, /from 1 to 32 bits/],
  [{ trust: ['::/0'] }, /from 1 to 128 bits/],
  [{ trust: ['10.0.0.0/33'] }, /from 1 to 32 bits/],
  [{ trust: ['10/8'] }, /like 10\.0\.0\.0\/8/],
  [{ trust: ['proxy.example'] }, /got "proxy\.example"/],
  [{ trust: ['10.0.0.1:80'] }, /like 10\.0\.0\.0\/8/],
  [{ trust: ['10.0.0.0/8/8'] }, /like 10\.0\.0\.0\/8/],
  [{ hops: 0 }, /`hops` to be a positive integer/],
  [{ hops: 33 }, /`hops` to be at most 32/],
  [{ hops: 1, header: 'a b' }, /name of a header/],
  [{ prefix: 31 }, /from 32 to 128/],
  [{ trustProxy: true }, /`trustProxy`/],
])('refuses %j', (options, message) => {
  expect(() => clientIp(options as ClientIpOptions)).toThrow(message)
})
