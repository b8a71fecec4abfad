import type { CommandOptions, RedisClient, ScriptRunner } from './redis-client.ts'

/** What the client of Sentinels tells of the connections that it keeps. */
interface Sentinel extends RedisClient {
  on(event: 'client-error' | 'topology-change', listener: (event: Told) => void): unknown
}

interface Told {
  readonly type: string
  readonly error?: Error
}

/** Of all clients, only that of Sentinels can be asked for one of its own. */
export function isSentinel(client: RedisClient): client is Sentinel {
  return 'acquire' in client && 'getMasterNode' in client
}

/** Gives the AbortSignal of the connection to the master that is there now; it fires when the connection ends. */
type Connection = () => AbortSignal

const connections = new WeakMap<Sentinel, Connection>()

function connectionOf(client: Sentinel): Connection {
  const known = connections.get(client)
  if (known !== undefined) return known
  let connection = new AbortController()
  // Told before what was under way is rejected.
  const ended = ({ type, error }: Told): void => {
    if (type !== 'MASTER' && type !== 'MASTER_CHANGE') return
    connection.abort(error ?? new Error('Connection is closed.'))
    connection = new AbortController()
  }
  client.on('client-error', ended)
  client.on('topology-change', ended)
  const current = (): AbortSignal => connection.signal
  connections.set(client, current)
  return current
}

/**
 * Runs scripts over Sentinels, each at most once. Their client sends again what lost its connection, so a script whose reply was
 * lost would count twice. But it sends nothing whose signal has fired: so each script has that of the connection over which it is
 * sent first.
 */
export function sendingOnce(client: Sentinel, options: CommandOptions): ScriptRunner {
  const current = connectionOf(client)
  const once = async (run: (scripts: ScriptRunner) => Promise<unknown>): Promise<unknown> => {
    let signal: AbortSignal | undefined
    const scripts = client.withCommandOptions({
      ...options,
      // Read whenever the script is about to be sent, and not before.
      get abortSignal() {
        signal ??= current()
        return signal
      },
    })
    try {
      return await run(scripts)
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  }
  return {
    evalSha: (sha, args) => once((scripts) => scripts.evalSha(sha, args)),
    eval: (source, args) => once((scripts) => scripts.eval(source, args)),
  }
}
