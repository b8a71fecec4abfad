import { expectOptions, expectPositiveInteger, shown, warnOnce } from '@sluice/core/internal'
import ipaddr from 'ipaddr.js'
import { expectHeaderName, fieldValue, type HeaderFields } from '../header-fields.ts'
import { type Address, addressKey, isWithin, parseAddress } from './address.ts'
import { type ForwardedHeader, forwardedAddresses } from './forwarded-addresses.ts'

interface CommonOptions {
  /** How many bits of an IPv6 address name the client, from 32 to 128. Default 56: a subscriber often has that many. */
  readonly prefix?: number | undefined
}

interface NoProxy extends CommonOptions {
  readonly trust?: undefined
  readonly hops?: undefined
  readonly header?: undefined
}

interface TrustedProxies extends CommonOptions {
  /** The addresses or networks of your proxies, such as `10.0.0.0/8`. Only they are believed. */
  readonly trust: readonly string[]
  readonly hops?: undefined
  /** The one header that your proxies set. Default `'x-forwarded-for'`; never two, or a client would send the other. */
  readonly header?: ForwardedHeader | undefined
}

interface CountedProxies extends CommonOptions {
  readonly trust?: undefined
  /** How many proxies each request comes through. Right only where nobody can reach the server past them. */
  readonly hops: number
  readonly header?: ForwardedHeader | undefined
}

/** How `clientIp` finds the client: by nothing but the peer, by a list of trusted proxies, or by their number. */
export type ClientIpOptions = NoProxy | TrustedProxies | CountedProxies

/** Finds the address that a request is counted for, from the address of the socket's other end and the request's fields. */
export type ClientIp = (peer: string | undefined, headers: HeaderFields) => string

/** The key of clients whose address is not known at all: they share it. */
export const unknownClient = 'unknown'

/**
 * The client's address in one spelling: IPv4, also where it was mapped into IPv6, or the IPv6 network of `prefix` bits.
 * Where a trusted proxy names no address, the key is the proxy's own; without any address it is `unknownClient`.
 */
export function clientIp(options: ClientIpOptions = {}): ClientIp {
  expectOptions('clientIp', options, ['trust', 'hops', 'header', 'prefix'])
  const prefix = expectPrefix(options.prefix)
  const find = expectFinder(options)

  return (peer, headers) => {
    const address = find(peer === undefined ? undefined : parseAddress(peer), headers)
    if (address !== undefined) return addressKey(address, prefix)
    warnOnce(find, 'SLUICE_SHARED_KEY', sharedWarning)
    return unknownClient
  }
}

type Finder = (peer: Address | undefined, headers: HeaderFields) => Address | undefined

const sharedWarning =
  'clientIp was given no address that it can read: all such clients share one key. Give it the address of the socket. Said once.'
const namelessWarning =
  'A trusted proxy named no address that clientIp can read: its clients share the key of the proxy. Said once.'
const untrustedWarning =
  'A request with forwarded addresses came from a peer that clientIp does not trust: they were ignored. If the peer is your proxy, all its clients share one key until `trust` names it. Said once.'
const fewHopsWarning =
  'A request came through fewer proxies than `hops` says, so clientIp counted it for its peer: a client may have reached the server past the proxies. Said once.'

/** No real chain of proxies is longer; what stands further left is not read. */
const mostHops = 32

function expectFinder(options: ClientIpOptions): Finder {
  const { trust, hops, header = 'x-forwarded-for' } = options
  if (trust !== undefined && hops !== undefined) {
    throw new TypeError('Expected clientIp to be given either `trust` or `hops`')
  }
  if (trust !== undefined) return byTrust(expectNetworks(trust), expectHeaderName('header', header))
  if (hops !== undefined) return byHops(expectHops(hops), expectHeaderName('header', header))
  if (options.header !== undefined) {
    throw new TypeError('Expected `header` to come with `trust` or `hops`: without them no header is believed')
  }
  return byPeer()
}

function byPeer(): Finder {
  const find: Finder = (peer, headers) => {
    const isForwarded = ['x-forwarded-for', 'forwarded'].some((name) => fieldValue(headers, name) !== undefined)
    if (isForwarded) warnOnce(find, 'SLUICE_UNTRUSTED_FORWARDED', untrustedWarning)
    return peer
  }
  return find
}

/** From the right, the first address that is no trusted proxy's. */
function byTrust(networks: readonly (readonly [Address, number])[], header: ForwardedHeader): Finder {
  const isTrusted = (address: Address): boolean => networks.some((network) => isWithin(address, network))

  const find: Finder = (peer, headers) => {
    const value = fieldValue(headers, header)
    if (peer === undefined || value === undefined) return peer
    if (!isTrusted(peer)) {
      warnOnce(find, 'SLUICE_UNTRUSTED_FORWARDED', untrustedWarning)
      return peer
    }
    let nearest = peer
    let hops = 0
    for (const text of forwardedAddresses(header, value)) {
      const address = text === undefined ? undefined : parseAddress(text)
      if (address === undefined) {
        warnOnce(find, 'SLUICE_NAMELESS_CLIENT', namelessWarning)
        return nearest
      }
      nearest = address
      hops += 1
      if (hops === mostHops || !isTrusted(address)) break
    }
    return nearest
  }
  return find
}

/** From the right, the entry that the outermost of `hops` proxies made. */
function byHops(hops: number, header: ForwardedHeader): Finder {
  const find: Finder = (peer, headers) => {
    let left = hops
    for (const text of forwardedAddresses(header, fieldValue(headers, header) ?? '')) {
      left -= 1
      if (left > 0) continue
      const address = text === undefined ? undefined : parseAddress(text)
      if (address === undefined) warnOnce(find, 'SLUICE_NAMELESS_CLIENT', namelessWarning)
      return address ?? peer
    }
    warnOnce(find, 'SLUICE_FEW_HOPS', fewHopsWarning)
    return peer
  }
  return find
}

function expectPrefix(value: unknown): number {
  if (value === undefined) return 56
  if (typeof value === 'number' && Number.isInteger(value) && value >= 32 && value <= 128) return value
  throw new RangeError(`Expected \`prefix\` to be a whole number of bits from 32 to 128, got ${shown(value)}`)
}

function expectHops(value: unknown): number {
  const hops = expectPositiveInteger('hops', value)
  if (hops > mostHops) throw new RangeError(`Expected \`hops\` to be at most ${mostHops}, got ${hops}`)
  return hops
}

function expectNetworks(trust: unknown): readonly (readonly [Address, number])[] {
  if (!Array.isArray(trust)) {
    throw new TypeError(`Expected \`trust\` to be an array of addresses or networks, got ${shown(trust)}`)
  }
  if (trust.length === 0) {
    throw new RangeError('Expected `trust` to name at least one proxy, got none; leave it out to believe no header')
  }
  return trust.map(expectNetwork)
}

function expectNetwork(value: unknown): readonly [Address, number] {
  const [text, bits, ...others] = typeof value === 'string' ? value.split('/') : []
  const address = text === undefined ? undefined : parseAddress(text)
  const isPlain = text !== undefined && ipaddr.isValid(text)
  if (address === undefined || !isPlain || others.length > 0 || !/^\d{1,3}$/.test(bits ?? '0')) {
    throw new RangeError(
      `Expected \`trust\` to hold addresses or networks like 10.0.0.0/8 or fd00::/8, got ${shown(value)}`,
    )
  }
  const longest = address.kind() === 'ipv4' ? 32 : 128
  const length = bits === undefined ? longest : Number(bits)
  if (length < 1 || length > longest) {
    throw new RangeError(`Expected networks in \`trust\` to have from 1 to ${longest} bits, got ${shown(value)}`)
  }
  return [address, length]
}
