interface ScriptArguments {
  keys: string[]
  arguments: string[]
}

/** What runs scripts. */
export interface ScriptRunner {
  evalSha(sha: string, options: ScriptArguments): Promise<unknown>
  eval(source: string, options: ScriptArguments): Promise<unknown>
}

/** The options of commands. */
export interface CommandOptions {
  readonly timeout?: number
  readonly typeMapping?: Record<never, never>
  readonly abortSignal?: AbortSignal | undefined
}

/** What this store asks of a client: `createClient`, `createCluster` and `createSentinel` of redis 5 (from 5.12) and 6 return it. */
export interface RedisClient extends ScriptRunner {
  readonly isOpen: boolean
  listenerCount?(event: 'error'): number
  /** The same client with other options for its commands. */
  withCommandOptions(options: CommandOptions): ScriptRunner
}
