/** The command line is wrong: the message says how, and the usage is shown with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
