import { reportLevels } from '../store-levels.ts'

/** A caller's place in the line of a key. */
export interface Place {
  /** Resolves when all have left who came before. */
  readonly first: Promise<void>
  /** Lets those behind move up. May be called again. */
  leave(): void
}

/** Who waits for a turn, key by key: first come, first served. */
export interface Lines {
  /** The costs of those who wait for a key, policy by policy; `undefined` where nobody waits. */
  ahead(key: string): readonly number[] | undefined
  /** Joins the line of a key at its end. */
  join(key: string, costs: readonly number[]): Place
}

interface Waiting {
  readonly costs: readonly number[]
  /** Tells that all have left who came before. */
  readonly moveUp: () => void
}

/** The lines of a limiter, in which nobody waits yet. Whoever asks for levels is told how many wait, once anybody has. */
export function waitingLines(limiter: string): Lines {
  const lines = new Map<string, Waiting[]>()
  let isReported = false
  return {
    ahead(key) {
      const line = lines.get(key)
      return line?.map(({ costs }) => costs).reduce((sum, costs) => sum.map((cost, i) => cost + (costs[i] as number)))
    },
    join(key, costs) {
      if (!isReported) reportLevels(lines, (held) => [{ type: 'waiting', limiter, calls: waitingIn(held) }])
      isReported = true
      const line = lines.get(key) ?? []
      lines.set(key, line)
      let moveUp = (): void => {}
      const first = new Promise<void>((resolve) => {
        moveUp = resolve
      })
      const own = { costs, moveUp }
      line.push(own)
      if (line.length === 1) moveUp()
      return { first, leave: () => leave(lines, key, own) }
    },
  }
}

function waitingIn(lines: ReadonlyMap<string, readonly Waiting[]>): number {
  let calls = 0
  for (const line of lines.values()) calls += line.length
  return calls
}

function leave(lines: Map<string, Waiting[]>, key: string, own: Waiting): void {
  const line = lines.get(key)
  const index = line?.indexOf(own) ?? -1
  if (line === undefined || index < 0) return
  line.splice(index, 1)
  if (line.length === 0) lines.delete(key)
  else line[0]?.moveUp()
}
