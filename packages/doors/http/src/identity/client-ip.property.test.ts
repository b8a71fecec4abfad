import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clientIp } from './client-ip.ts'

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
const four = octets.map((parts) => parts.join('.'))
const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
const groups = fc.array(group, { minLength: 8, maxLength: 8 })

/** One of the ways to write eight groups: zeros left out once or not at all, padded or not, in small letters or not. */
const spelled = (
  parts: readonly number[],
  { from, padded, upper }: { from: number; padded: boolean; upper: boolean },
) => {
  const words = parts.map((part) => part.toString(16).padStart(padded ? 4 : 1, '0'))
  const first = parts.indexOf(0, from)
  const zeros = first === -1 ? 0 : parts.slice(first).findIndex((part) => part !== 0)
  const last = zeros === -1 ? parts.length : first + zeros
  const text = first === -1 ? words.join(':') : `${words.slice(0, first).join(':')}::${words.slice(last).join(':')}`
  return upper ? text.toUpperCase() : text
}
const spelling = fc.record({ from: fc.nat(7), padded: fc.boolean(), upper: fc.boolean() })
const zone = fc.constantFrom('', '%eth0', '%25en1')
const six = fc.tuple(groups, spelling).map(([parts, how]) => spelled(parts, how))
const port = fc.oneof(fc.nat(65_535).map(String), fc.constant('_hidden'))

const junk = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.constantFrom(
    'unknown',
    '_hidden',
    '',
    '"',
    '\\',
    ',',
    ';',
    'for=',
    '[',
    ']:',
    '%',
    '::',
    'for="',
    '\\"',
    '999.1.1.1',
    '1:2',
  ),
)
const entry = fc.oneof(
  four,
  six,
  fc.tuple(six, zone).map(([a, z]) => `[${a}${z}]:80`),
  four.map((a) => `for=${a}`),
  six.map((a) => `for="[${a}]"`),
  junk,
)
const value = fc.array(entry, { maxLength: 20 }).map((entries) => entries.join(', '))
const long = fc
  .tuple(entry, fc.constantFrom(',', ', ', '', '"', '\\'))
  .map(([one, glue]) => `${one}${glue}`.repeat(10_000).slice(0, 10_240))
const line = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: long })
const headerName = fc.constantFrom(
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'via',
)
const headers = fc.dictionary(headerName, fc.oneof(line, fc.array(line, { maxLength: 4 })))
const header = fc.constantFrom('x-forwarded-for' as const, 'forwarded' as const)

const canonicalFour = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/** The platform's own idea of the canonical form (RFC 5952). */
const byUrl = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)

it('no header of an untrusted peer changes the key', () => {
  const trust = ['10.0.0.0/8', '2001:db8:ffff::/48']
  const peers = fc
    .oneof(four, six, fc.constantFrom('', 'unknown', undefined))
    .filter((peer) => !/^10\.|2001:0?db8:ffff/i.test(peer ?? ''))
  fc.assert(
    fc.property(peers, headers, header, (peer, fields, name) => {
      for (const find of [clientIp({ trust, header: name }), clientIp()]) {
        expect(find(peer, fields)).toBe(find(peer, {}))
      }
    }),
  )
})

it('what a client sends to a trusted proxy does not change the key, because the proxy writes to the right of it', () => {
  const find = clientIp({ trust: ['10.0.0.0/8'] })
  const findForwarded = clientIp({ trust: ['10.0.0.0/8'], header: 'forwarded' })
  const client = four.filter((address) => !address.startsWith('10.'))
  fc.assert(
    fc.property(client, line, fc.constantFrom(', ', ','), (address, sent, glue) => {
      expect(find('10.0.0.1', { 'x-forwarded-for': `${sent}${glue}${address}` })).toBe(address)
      expect(find('10.0.0.1', { 'x-forwarded-for': [sent, address] })).toBe(address)
      const nodes = [`for=${address}`, `proto=https;for="${address}:80"`, `host="a,b\\"";for=${address}`]
      for (const node of nodes) expect(findForwarded('10.0.0.1', { forwarded: `${sent}${glue}${node}` })).toBe(address)
    }),
  )
})

it('any headers give a canonical key, or the key of the proxy', () => {
  fc.assert(
    fc.property(headers, header, fc.constantFrom(32, 48, 56, 64, 128), (fields, name, prefix) => {
      for (const find of [
        clientIp({ trust: ['10.0.0.0/8'], header: name, prefix }),
        clientIp({ hops: 2, header: name, prefix }),
      ]) {
        const key = find('10.0.0.1', fields)
        if (canonicalFour.test(key)) continue
        const [address = '', bits] = key.split('/')
        expect(isIPv6(address)).toBe(true)
        expect(address).toBe(byUrl(address))
        expect(bits).toBe(prefix === 128 ? undefined : String(prefix))
      }
    }),
  )
})

it('one IPv6 address is one key, however it is written', () => {
  const whole = clientIp({ prefix: 128 })
  const isFour = (parts: readonly number[]) => /^(0,){5}65535,|^100,65435,(0,){4}/.test(parts.join())
  fc.assert(
    fc.property(
      groups.filter((parts) => !isFour(parts)),
      spelling,
      zone,
      port,
      (parts, how, where, number) => {
        const address = spelled(parts, how)
        expect(whole(`${address}${where}`, {})).toBe(byUrl(address))
        expect(whole(`[${address}${where}]:${number}`, {})).toBe(byUrl(address))
      },
    ),
  )
})

it('two IPv6 addresses are one key exactly when they share the prefix', () => {
  const bitsOf = (parts: readonly number[]) => parts.map((part) => part.toString(2).padStart(16, '0')).join('')
  fc.assert(
    fc.property(groups, fc.nat(127), fc.integer({ min: 32, max: 128 }), (parts, flipped, prefix) => {
      const others = parts.map((part, i) => (i === flipped >> 4 ? part ^ (0x8000 >> (flipped & 15)) : part))
      const [one, other] = [parts, others].map((each) =>
        clientIp({ prefix })(each.map((part) => part.toString(16)).join(':'), {}),
      )
      fc.pre(one?.includes(':') === true && other?.includes(':') === true)
      expect(one === other).toBe(bitsOf(parts).slice(0, prefix) === bitsOf(others).slice(0, prefix))
    }),
  )
})

it('an IPv4 address is one key, mapped, through NAT64 or as it is, with a port or not', () => {
  fc.assert(
    fc.property(octets, port, (parts, number) => {
      const address = parts.join('.')
      const hex = [0, 2].map((i) => (((parts[i] as number) << 8) | (parts[i + 1] as number)).toString(16)).join(':')
      const forms = [
        address,
        `::ffff:${address}`,
        `::FFFF:${hex}`,
        `0:0:0:0:0:ffff:${hex}`,
        `64:ff9b::${hex}`,
        `64:ff9b::${address}`,
      ]
      for (const form of forms) expect(clientIp()(form, {})).toBe(address)
      expect(clientIp()(`${address}:${number}`, {})).toBe(address)
      expect(clientIp()(`[::ffff:${address}%eth0]:${number}`, {})).toBe(address)
    }),
  )
})

it('reads no more of a header than the longest chain of proxies needs', () => {
  const find = clientIp({ trust: ['10.0.0.0/8'] })
  const chain = ['192.0.2.7', ...Array.from({ length: 5000 }, () => '10.0.0.2')].join()
  expect(find('10.0.0.1', { 'x-forwarded-for': chain })).toBe('10.0.0.2')
  const near = ['192.0.2.7', ...Array.from({ length: 31 }, () => '10.0.0.2')].join()
  expect(find('10.0.0.1', { 'x-forwarded-for': near })).toBe('192.0.2.7')
})
