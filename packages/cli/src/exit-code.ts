/** What a command ends with, for scripts. */
export const exitCodes = {
  /** Done, and nothing is wrong. */
  fine: 0,
  /** Done, and the answer is no: a document is wrong, or more is refused than `--fail-above` allows. */
  no: 1,
  /** Not done: a wrong option, or a file that cannot be used. */
  usage: 2,
  /** Not done, for a reason that is not the caller's. */
  failed: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A command cannot be done as it was asked for: the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
