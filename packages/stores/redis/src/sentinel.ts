import type { CommandOptions, RedisClient, ScriptRunner } from './redis-client.ts'

/** Of all clients, only that of Sentinels can be asked for one of its own. */
export function isSentinel(client: RedisClient): boolean {
  return 'acquire' in client && 'getMasterNode' in client
}

/**
 * Runs scripts over Sentinels, each at most once. Their client sends again what lost its connection, so a script whose reply was
 * lost would count twice. But it sends nothing whose signal has fired: so a script has one from the second time on.
 */
export function sendingOnce(client: RedisClient, options: CommandOptions): ScriptRunner {
  const once = async (run: (scripts: ScriptRunner) => Promise<unknown>): Promise<unknown> => {
    let times = 0
    const scripts = client.withCommandOptions({
      ...options,
      // Read whenever the script is about to be sent.
      get abortSignal() {
        times += 1
        return times > 1 ? AbortSignal.abort() : undefined
      },
    })
    try {
      return await run(scripts)
    } catch (error) {
      throw times > 1 ? masterLost() : error
    }
  }
  return {
    evalSha: (sha, args) => once((scripts) => scripts.evalSha(sha, args)),
    eval: (source, args) => once((scripts) => scripts.eval(source, args)),
  }
}

function masterLost(): Error {
  const message =
    'Expected the master to reply, its connection was lost or it is no master any more; nothing is sent again'
  return Object.assign(new Error(message), { code: 'MASTER_LOST' })
}
