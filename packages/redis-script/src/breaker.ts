/** Leaves a server alone that failed repeatedly, and tries it again after pauses that grow. All times in ms. */
export interface Breaker {
  /** Why the server is left alone; absent while it is not. */
  readonly cause: Error | undefined
  /** When it first failed, of the failures in a row. */
  readonly since: number
  /** May it be asked now? Left alone, it is tried once after each pause. */
  admits(now: number): boolean
  /** It answered in time. */
  answered(): void
  /** It answered too late, but it lives: it may be tried at once. */
  stirred(): void
  /** It failed, or did not answer in time; so many commands are still unanswered. */
  failed(now: number, cause: Error, unanswered: number): void
}

/** So many failures in a row, and the server is left alone. */
export const mostFailures = 5

const firstPauseMs = 100
// With the spread, longer than the socketTimeout that is recommended for node-redis, or a dead connection would be kept alive by tries.
const longestPauseMs = 3000

// Each try may leave a command with the client for as long as a silent server keeps its connection: then they get rare.
const manyUnanswered = 100
const pauseWhenManyMs = 60_000

/** The breaker of one server; `random` from 0 to 1 spreads the pauses of many processes by a quarter up and down. */
export function breaker(random: () => number = Math.random): Breaker {
  let failures = 0
  let since = 0
  let last: Error | undefined
  let pauseMs = 0
  let triedAgainAt = 0
  let trying = false

  return {
    get cause() {
      return failures < mostFailures ? undefined : last
    },
    get since() {
      return since
    },
    admits(now) {
      if (failures < mostFailures) return true
      if (now < triedAgainAt) return false
      trying = true
      // Should nothing ever come of this try.
      triedAgainAt = now + longestPauseMs
      return true
    },
    answered() {
      failures = 0
      pauseMs = 0
      trying = false
    },
    stirred() {
      triedAgainAt = 0
    },
    failed(now, cause, unanswered) {
      if (failures === 0) since = now
      failures += 1
      last = cause
      if (failures !== mostFailures && !trying) return
      trying = false
      const longest = unanswered < manyUnanswered ? longestPauseMs : pauseWhenManyMs
      pauseMs = Math.min(Math.max(2 * pauseMs, firstPauseMs), longest)
      triedAgainAt = now + pauseMs * (0.75 + random() / 2)
    },
  }
}
