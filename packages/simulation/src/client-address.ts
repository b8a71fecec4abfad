import ipaddr from 'ipaddr.js'

/** An IP address in one spelling, so that one client is one key. */
export interface ClientAddress {
  /** IPv6 as in RFC 5952; an IPv4-mapped address is the IPv4 address. */
  readonly text: string
  /** Whether it lies in a private, shared, local or loopback network, as proxies do. */
  readonly isInternal: boolean
}

const internalRanges: readonly string[] = [
  'private',
  'uniqueLocal',
  'carrierGradeNat',
  'linkLocal',
  'loopback',
  'unspecified',
]

const bracketedPattern = /^\[([^\]]*)\](?::\d{1,5})?$/
const withPortPattern = /^([\d.]+):\d{1,5}$/

/** Reads `192.0.2.7`, `192.0.2.7:40000`, `2001:db8::1`, `[2001:db8::1]:443`, `::ffff:192.0.2.7`; else `undefined`. */
export function parseClientAddress(text: string): ClientAddress | undefined {
  const address = bracketedPattern.exec(text)?.[1] ?? withPortPattern.exec(text)?.[1] ?? text
  return address.includes(':') ? parseSix(address) : parseFour(address)
}

function parseFour(text: string): ClientAddress | undefined {
  // Octal and hexadecimal parts are refused: programs disagree on which address they mean.
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  const isInternal = internalRanges.includes(ipaddr.IPv4.parse(text).range())
  return { text, isInternal }
}

function parseSix(text: string): ClientAddress | undefined {
  if (!ipaddr.IPv6.isValid(text)) return undefined
  const dotted = /[\d.]*\.[\d.]*$/.exec(text)?.[0]
  if (dotted !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(dotted)) return undefined

  const address = ipaddr.IPv6.parse(text)
  if (!address.isIPv4MappedAddress()) {
    return { text: address.toRFC5952String(), isInternal: internalRanges.includes(address.range()) }
  }
  // The library takes `::192.0.2.7` for a mapped address, which it is not.
  return /ffff:/i.test(text) ? parseFour(address.toIPv4Address().toString()) : undefined
}
