import type { ErrorAnswer } from './server/error-answer.ts'

/** All that a Redis client must be able to do. Each call sends one command and settles with its reply. */
export interface Connection {
  evalsha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  eval(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Present for a Cluster, where only what shares a slot can share a script. */
  readonly cluster?:
    | {
        /** Which node holds a slot now, in words of the client's own; `undefined` while it does not know. */
        serverOf(slot: number): string | undefined
      }
    | undefined
  /**
   * What an error means that the client itself has made; `undefined` for all others. Replies of Redis, and errors of Node's
   * sockets, need no answer here. Default: what else the client says is held against the limiter that met it alone.
   */
  readonly errorAnswer?: ((error: Error) => ErrorAnswer | undefined) | undefined
}
