import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { OpenStore } from './open-store.ts'
import { pageFile } from './page-files.ts'
import { sendCheck } from './send-check.ts'
import { headers, sendJson } from './send-json.ts'

/** A server that listens. */
export interface Serving {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface ServeOptions {
  readonly store: OpenStore
  /** The first port to try; 0 for any. */
  readonly port: number
  /** Where packages are installed, the nearest first. Default: in the demo, then in the house. */
  readonly installedIn?: readonly string[] | undefined
  /** Ms that a comparison with the store may take. Default 30,000. */
  readonly checkLimitMs?: number | undefined
}

const host = '127.0.0.1'
const portsTried = 50
const closeTimeoutMs = 2000

/** Serves the page and `/check` on loopback, on the first free port from `port` on, under that address alone. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { port: first } = options
  let port = first
  // An idle connection is left to its client to close: a busy process would else close it under the next request.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(request, response, { ...options, port }).catch((error: Error) => {
      sendJson(response, 500, { error: error.message })
    })
  })
  port = await listen(server, first)
  return { url: `http://${host}:${port}`, port, close: () => closed(server) }
}

/**
 * Whether a request was meant for this server. A page from elsewhere, whose name was made to lead to this machine (DNS
 * rebinding), sends that name.
 */
function isOurs({ headers: sent }: IncomingMessage, port: number): boolean {
  const names = [host, 'localhost']
  const allowed = [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]
  return allowed.includes(sent.host?.toLowerCase() ?? '')
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { store, port, installedIn, checkLimitMs = 30_000 }: ServeOptions,
): Promise<void> {
  if (!isOurs(request, port)) {
    const error = `Expected the Host header to be ${host}:${port} or localhost:${port}`
    return sendJson(response, 421, { error })
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return sendJson(response, 405, { error: `Expected GET or HEAD, got ${request.method}` })
  }
  const url = URL.parse(`http://${host}${request.url}`)
  if (url?.pathname === '/check') return sendCheck(response, { search: url.search, store, limitMs: checkLimitMs })

  const file = url === null ? undefined : await pageFile(url.pathname, installedIn)
  if (file === undefined) return sendJson(response, 404, { error: 'Expected the page or /check' })
  // The page offers a comparison with Redis only where the server has one.
  const body = file.body.replace('data-store="memory"', `data-store="${store.kind}"`)
  response.writeHead(200, { ...headers, 'content-type': `${file.type}; charset=utf-8` }).end(body)
}

/** Listens on the first free port and returns it. */
async function listen(server: Server, first: number): Promise<number> {
  const last = first === 0 ? 0 : Math.min(65_535, first + portsTried - 1)
  for (let port = first; port < last; port += 1) {
    if (await listensOn(server, port)) return portOf(server)
  }
  if (await listensOn(server, last)) return portOf(server)
  throw new Error(`Expected a free port from ${first} to ${last}, found none`)
}

/** Lets the answers under way finish, for a while. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function listensOn(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', succeeded)
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    }
    const succeeded = (): void => {
      server.off('error', failed)
      resolve(true)
    }
    server.once('error', failed).once('listening', succeeded).listen(port, host)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
