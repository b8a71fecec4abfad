import { warnOnce } from '@sluice/core/internal'
import type { Connection } from '../connection.ts'
import type { ErrorAnswers } from '../server/error-answer.ts'
import { pause } from '../timers.ts'
import type { Command } from '../wire/wire.ts'

const mostTries = 20
const retryMs = 25

/** EVALSHA, and once more where nothing was executed; what a server knows of scripts is not remembered. */
export async function runScript(connection: Connection, command: Command, answerTo: ErrorAnswers): Promise<unknown> {
  const { script, keys, args } = command
  try {
    return await connection.evalsha(script.sha, keys, args)
  } catch (why) {
    return runAgain(connection, command, answerTo, why)
  }
}

/**
 * By EVAL, where the server does not know the script (yet, or any more), and while the keys of a slot are on the way from one
 * server to another.
 */
async function runAgain(
  connection: Connection,
  { script, keys, args }: Command,
  answerTo: ErrorAnswers,
  first: unknown,
): Promise<unknown> {
  let why = first
  for (let tries = mostTries; ; tries -= 1) {
    const { again, advice } = answerTo(why)
    if (advice !== undefined) warnOnce(connection, advice.code, `${advice.text}.`)
    if (again === 'after a pause' && tries > 0) await pause(retryMs)
    else if (again !== 'with source' || tries === 0) throw why
    try {
      return await connection.eval(script.source, keys, args)
    } catch (error) {
      why = error
    }
  }
}
