import ipaddr from 'ipaddr.js'

/** An IP address. An IPv4 address that was written as IPv6 (mapped, or NAT64) is IPv4. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Longer than any address with its zone, brackets and port: what is longer is not looked at. */
const longestText = 128

const port = String.raw`(?::(?:\d{1,5}|_[\w.-]+))?`
const bracketedPattern = new RegExp(String.raw`^\[([^\]]*)\]${port}$`)
const fourWithPortPattern = new RegExp(String.raw`^([\d.]+)${port}$`)

/**
 * Reads `192.0.2.7`, `192.0.2.7:40000`, `2001:db8::1`, `[2001:db8::1]:443`, `fe80::1%eth0`, `::ffff:192.0.2.7`,
 * `64:ff9b::c000:207`; else `undefined`. Ports and zones are dropped.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > longestText) return undefined
  const address = bracketedPattern.exec(text)?.[1] ?? fourWithPortPattern.exec(text)?.[1] ?? text
  return address.includes(':') ? parseSix(address) : parseFour(address)
}

/** The one spelling of an address; of IPv6 that of its network of `prefix` bits, as in `2001:db8:0:ff00::/56`. */
export function addressKey(address: Address, prefix: number): string {
  if (address.kind() === 'ipv4') return address.toString()
  const parts = (address as ipaddr.IPv6).parts.map((part, index) => part & partMask(prefix - 16 * index))
  const network = new ipaddr.IPv6(parts).toRFC5952String()
  return prefix === 128 ? network : `${network}/${prefix}`
}

/** Whether an address lies in a network. */
export function isWithin(address: Address, [network, bits]: readonly [Address, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}

function partMask(bits: number): number {
  return 0xffff & (0xffff << (16 - Math.min(16, Math.max(0, bits))))
}

function parseFour(text: string): Address | undefined {
  // Octal, hexadecimal and missing parts are refused: programs disagree on which address they mean.
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined
}

function parseSix(text: string): Address | undefined {
  const zone = text.indexOf('%')
  const address = zone === -1 ? text : text.slice(0, zone)
  const dotted = /[\d.]*\.[\d.]*$/.exec(address)?.[0]
  if (dotted !== undefined && parseFour(dotted) === undefined) return undefined
  // The library takes the obsolete `::192.0.2.7` for a mapped address, which it is not.
  if (dotted !== undefined && address === `::${dotted}`) return undefined
  if (!ipaddr.IPv6.isValid(address)) return undefined

  const { parts } = ipaddr.IPv6.parse(address)
  return fourWithin(parts) ?? new ipaddr.IPv6(parts)
}

/** Where an IPv4 address stands in the last 32 bits of an IPv6 address: `::ffff:0:0/96` (mapped) and `64:ff9b::/96` (NAT64). */
const prefixesOfFour = ['0,0,0,0,0,65535', '100,65435,0,0,0,0']

function fourWithin(parts: readonly number[]): Address | undefined {
  if (!prefixesOfFour.includes(parts.slice(0, 6).join())) return undefined
  return new ipaddr.IPv4(parts.slice(6).flatMap((part) => [part >> 8, part & 0xff]))
}
