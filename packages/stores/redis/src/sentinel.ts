import type { CommandOptions, RedisClient, ScriptRunner } from './redis-client.ts'

/** Of all clients, only that of Sentinels can be asked for one of its own. */
export function isSentinel(client: RedisClient): boolean {
  return 'acquire' in client && 'getMasterNode' in client
}

/**
 * Runs scripts over Sentinels, each at most once. Their client sends again what lost its connection, so a script whose reply was
 * lost would count twice. But it sends nothing whose signal has fired: so each script has a signal that fires once it was sent.
 */
export function sendingOnce(client: RedisClient, options: CommandOptions): ScriptRunner {
  const once = async (run: (scripts: ScriptRunner) => Promise<unknown>): Promise<unknown> => {
    const abortSignal = firesOnceSent()
    try {
      return await run(client.withCommandOptions({ ...options, abortSignal }))
    } catch (error) {
      throw abortSignal.aborted && isAborted(error) ? masterLost() : error
    }
  }
  return {
    evalSha: (sha, args) => once((scripts) => scripts.evalSha(sha, args)),
    eval: (source, args) => once((scripts) => scripts.eval(source, args)),
  }
}

/** A client stops listening to the signal of a command when it has written it, or given it up. */
function firesOnceSent(): AbortSignal {
  const sent = new AbortController()
  const { signal } = sent
  const stopListening = signal.removeEventListener
  signal.removeEventListener = (...listener: Parameters<typeof stopListening>): void => {
    stopListening.apply(signal, listener)
    sent.abort()
  }
  return signal
}

/** How redis refuses to send a command whose signal has fired. */
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.message === 'The command was aborted'
}

function masterLost(): Error {
  const message =
    'Expected the master to reply, its connection was lost or it is no master any more; nothing is sent again'
  return Object.assign(new Error(message), { code: 'MASTER_LOST' })
}
