import { diagnosticsChannel } from './diagnostics.ts'

/** What a store holds for a limiter at one moment, or who waits. Never a key, an address or a secret. */
export type StoreLevel =
  | {
      readonly type: 'memory'
      readonly limiter: string
      readonly policy: string
      /** Entries held, those that have expired and are not yet swept among them. */
      readonly entries: number
    }
  | {
      readonly type: 'server'
      readonly limiter: string
      /** Decisions that wait to be sent, or may still be with the client: what `maxPending` bounds. */
      readonly pending: number
      /** Scripts that the client has not settled. */
      readonly scripts: number
      /** For each server that the limiter has come across, what its breakers do now. */
      readonly breakers: readonly ('closed' | 'open' | 'half-open')[]
    }
  | {
      readonly type: 'waiting'
      readonly limiter: string
      /** Calls of `wait` that wait in a line for others on the same key. */
      readonly calls: number
    }

/** Published on the diagnostics channel `sluice:levels` to ask: it is called, before `publish` returns, with all levels there are. */
export type LevelsMessage = (level: StoreLevel) => void

interface Source {
  readonly holder: WeakRef<object>
  levels(holder: object): Iterable<StoreLevel>
}

const channel = diagnosticsChannel('sluice:levels')
const sources = new Set<Source>()
let mostUntilSwept = 100

/**
 * Lets whoever asks on `sluice:levels` know what `levels` says, for as long as there is something else that refers to `holder`.
 * `levels` itself must not.
 */
export function reportLevels<T extends object>(holder: T, levels: (holder: T) => Iterable<StoreLevel>): void {
  if (channel === undefined || typeof WeakRef === 'undefined') return
  sources.add({ holder: new WeakRef(holder), levels: levels as Source['levels'] })
  if (sources.size <= mostUntilSwept) return
  for (const source of sources) if (source.holder.deref() === undefined) sources.delete(source)
  mostUntilSwept = 2 * sources.size + 100
}

channel?.subscribe((message) => {
  const tell = message as LevelsMessage
  for (const source of sources) {
    const holder = source.holder.deref()
    if (holder === undefined) sources.delete(source)
    else for (const level of source.levels(holder)) tell(level)
  }
})
