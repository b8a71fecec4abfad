import type { Clock, OpenedStore, Store, StoreSurroundings } from '@sluice/core'
import type { ScriptStoreOptions } from '../script-store.ts'

/** Who comes to a server, and how. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly tls?: boolean
}

/** The same, as options: what is `undefined` is not given. */
interface GivenCredentials {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls?: boolean | undefined
}

/** What a configuration document says of a Redis: see `serverOptionsSchema`. */
export interface ServerOptions extends GivenCredentials, Omit<ScriptStoreOptions, 'clock'> {
  readonly url?: string | undefined
  readonly cluster?: { readonly nodes: readonly string[] } | undefined
  readonly sentinel?:
    | (Omit<GivenCredentials, 'tls'> & { readonly name: string; readonly nodes: readonly string[] })
    | undefined
  readonly database?: number | undefined
  readonly clientOptions?: Readonly<Record<string, unknown>> | undefined
}

/** Where a server is. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The addresses of nodes, each a URL or `host:port`. */
export function addressesOf(nodes: readonly string[], defaultPort: number): Address[] {
  return nodes.map((node) => {
    const { hostname, port } = urlOf(node)
    // Brackets are of the URL, not of an IPv6 address.
    return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? defaultPort : Number(port) }
  })
}

/** User, password and TLS: those that are given, else those of the first node's URL. */
export function credentialsOf(given: GivenCredentials, nodes: readonly string[]): Credentials {
  const { username, password, protocol } = urlOf(nodes[0] as string)
  const user = given.username ?? decodeURIComponent(username)
  const secret = given.password ?? decodeURIComponent(password)
  const tls = given.tls ?? protocol === 'rediss:'
  return { ...(user !== '' && { username: user }), ...(secret !== '' && { password: secret }), tls }
}

/** Of a URL that cannot be read, an error without the URL, which may hold a password. */
function urlOf(node: string): URL {
  try {
    return new URL(node.includes('://') ? node : `redis://${node}`)
  } catch {
    throw new TypeError('Expected each of `nodes` to be an address like 10.0.0.1:6379, got one that cannot be read')
  }
}

/** The options of the store alone. */
export function storeOptionsOf(
  { prefix, merge, maxPending }: ServerOptions,
  clock: Clock | undefined,
): ScriptStoreOptions {
  return { prefix, merge, maxPending, clock }
}

/** A client that is connecting, and can be closed whether or not it ever was connected. */
export interface ConnectingClient<C> {
  readonly client: C
  /** Settles once it is connected, or has failed for the first time. */
  readonly tried: Promise<void>
  close(): Promise<void>
}

/** Opens a store over the application's client, or over one that `connect` makes. */
export async function openScriptStore<C>(
  options: ServerOptions,
  { client, clock }: StoreSurroundings,
  makeStore: (options: ScriptStoreOptions & { readonly client: C }) => Store,
  connect: () => Promise<ConnectingClient<C>>,
): Promise<OpenedStore> {
  const own = storeOptionsOf(options, clock)
  if (client !== undefined) {
    return { store: makeStore({ ...own, client: client as C }), client, close: () => {} }
  }
  if (options.url === undefined && options.cluster === undefined && options.sentinel === undefined) {
    throw new TypeError('Expected one of `url`, `cluster` and `sentinel`, or a client of the application, got none')
  }
  const connecting = await connect()
  try {
    const store = makeStore({ ...own, client: connecting.client })
    await connecting.tried
    return { store, client: connecting.client, close: connecting.close }
  } catch (error) {
    await connecting.close()
    throw error
  }
}
