import { type ClientAddress, parseClientAddress } from './client-address.ts'

/** Why a line has no client that can be trusted: one sentence each. */
export const clientReasons = {
  missing: 'The line does not say who the client was: `-` or `unknown` stands in its place.',
  unclear: 'The client is neither an IP address nor a host name.',
  several: 'The line names several addresses, and which of them is the client cannot be known.',
  fields: 'The fields before the date are not a client, an identity and a user, nor a virtual host and these.',
} as const

/** The client of a line, or why it cannot be known. */
export type FoundClient = { readonly client: string } | { readonly malformed: string }

const virtualHostPattern = /^[\w.*-]+:\d{1,5}$/
const namePattern = /^[a-z\d_](?:[\w.-]{0,251}[a-z\d_])?$/i
const identityPattern = /^[\w-]+$/

/**
 * Finds the client in what stands before the date: `client identity user`, with a virtual host before the client or
 * without, and with several addresses in the client's place where a proxy wrote down for whom it asked. Of several
 * addresses the client is the only one outside internal networks; otherwise the line is malformed.
 */
export function findClient(head: string): FoundClient {
  const fields = head.split(' ')
  const first = hasVirtualHost(fields) ? 1 : 0
  const { sources, next } = readSources(fields, first)
  const [identity, ...user] = fields.slice(next)
  if (identity === undefined || identity === '' || user[0] === undefined || user[0] === '') {
    return { malformed: clientReasons.fields }
  }
  if (sources.some(isUnnamed)) return { malformed: clientReasons.missing }

  const addresses = sources.map(parseClientAddress)
  if (addresses.every((address) => address !== undefined)) return fromAddresses(addresses, [identity, ...user])
  return sources.length === 1 ? fromName(sources[0] as string, identity, user) : { malformed: clientReasons.unclear }
}

/** Debian's `vhost_combined` writes `shop.example:443` before the client; others write the name alone. */
function hasVirtualHost([first = '', second = '']: readonly string[]): boolean {
  if (parseClientAddress(first) !== undefined || first.endsWith(',')) return false
  return virtualHostPattern.test(first) || (namePattern.test(first) && isAddressList(second))
}

/** All that stands in the client's place: a list with commas, or addresses side by side. */
function readSources(
  fields: readonly string[],
  first: number,
): { readonly sources: readonly string[]; readonly next: number } {
  let next = first + 1
  while (next < fields.length && (fields[next - 1]?.endsWith(',') || isAddressList(fields[next] as string))) next += 1
  const sources = fields.slice(first, next).join(' ').split(/, ?| /)
  return { sources, next }
}

function isAddressList(field: string): boolean {
  return /[.:]/.test(field) && parseClientAddress(field.split(',', 1)[0] as string) !== undefined
}

function isUnnamed(source: string): boolean {
  return source === '-' || source === 'unknown'
}

function fromAddresses(addresses: readonly ClientAddress[], others: readonly string[]): FoundClient {
  const distinct = new Map(addresses.map((address) => [address.text, address]))
  const external = [...distinct.values()].filter(({ isInternal }) => !isInternal)
  const candidates = distinct.size === 1 ? [...distinct.values()] : external
  const [client] = candidates
  if (client === undefined || candidates.length > 1) return { malformed: clientReasons.several }

  // An identity like a host's name, or a user like an address: the fields are in an order that is not known here.
  const [identity = ''] = others
  const isIdentity = addresses.length > 1 ? isAbsent : isIdentityOrAbsent
  if (!isIdentity(identity)) return { malformed: clientReasons.fields }
  const isElsewhere = others.some((other) => isAddressList(other) && parseClientAddress(other)?.text !== client.text)
  return isElsewhere ? { malformed: clientReasons.several } : { client: client.text }
}

/** A name may be the client's or a virtual host's: it is the client's only where nothing else can be. */
function fromName(name: string, identity: string, user: readonly string[]): FoundClient {
  // `192.0.2.300`, `3232235777` and `0x7f000001` are no names: they are addresses gone wrong.
  if (!namePattern.test(name) || /(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(name)) return { malformed: clientReasons.unclear }
  // A user of two words might as well be an identity and a user, behind a host and no client.
  if (!isAbsent(identity) || user.length > 1 || user.some(isAddressList)) return { malformed: clientReasons.fields }
  return { client: name.toLowerCase() }
}

function isAbsent(identity: string): boolean {
  return identity === '-' || identity === '""'
}

function isIdentityOrAbsent(identity: string): boolean {
  return isAbsent(identity) || identityPattern.test(identity)
}
