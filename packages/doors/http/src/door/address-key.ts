import type { HeaderFields } from '../header-fields.ts'
import { clientIp } from '../identity/client-ip.ts'

/** What a framework says of the client's address. */
export interface FrameworkAddress {
  /** By the framework's own setting for proxies. */
  readonly ip: string | undefined
  /** Of the socket's other end. */
  readonly peer: string | undefined
  readonly headers: HeaderFields
}

/**
 * The default key of the doors: the address that the framework takes for the client's, an IPv6 one by its network of 56 bits. Warns
 * once when it is that of the socket though the request came with forwarded headers: then all clients of a proxy share a key.
 */
export function addressKey(): (address: FrameworkAddress) => string {
  const key = clientIp()
  return ({ ip, peer, headers }) => key(ip, ip === peer ? headers : {})
}
