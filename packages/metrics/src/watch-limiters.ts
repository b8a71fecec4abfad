import type { DecisionMessage, LevelsMessage, LimiterEvent, ScriptMessage, WaitMessage } from '@sluice/core'
import { type Channel, diagnosticsChannel } from '@sluice/core/internal'
import { addLevel, clearLevels, countDecision, countEvent, countScript, countWait } from './count-messages.ts'
import { type Counts, counts, type Distributions } from './counts.ts'

/** Counts on behalf of all limiters of the process, until it is stopped. */
export interface Watch {
  /** With the gauges as they are now. */
  read(): Counts
  stop(): void
}

/**
 * Counts what all limiters of the process do from now on, whichever store they use. `onDecision` is called with each decision, in the
 * asynchronous context of its caller. Throws an `Error` where the runtime has no diagnostics channels.
 */
export function watchLimiters(
  distributions: Distributions,
  onDecision: ((message: DecisionMessage) => void) | undefined = undefined,
): Watch {
  const own = counts(distributions)
  const levels = expectChannel('sluice:levels')
  const stops = [
    listen<DecisionMessage>('sluice:decision', (message) => {
      countDecision(own, message)
      onDecision?.(message)
    }),
    listen<LimiterEvent>('sluice:event', (event) => countEvent(own, event)),
    listen<WaitMessage>('sluice:wait', (message) => countWait(own, message)),
    listen<ScriptMessage>('sluice:script', (message) => countScript(own, message)),
  ]
  return {
    read() {
      clearLevels(own)
      const add: LevelsMessage = (level) => addLevel(own, level)
      levels.publish(add)
      return own
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function listen<M>(name: `sluice:${string}`, listener: (message: M) => void): () => void {
  const channel = expectChannel(name)
  const heard = listener as (message: unknown) => void
  channel.subscribe(heard)
  return () => channel.unsubscribe(heard)
}

function expectChannel(name: `sluice:${string}`): Channel {
  const channel = diagnosticsChannel(name)
  if (channel !== undefined) return channel
  throw new Error('Expected the runtime to have node:diagnostics_channel, by which limiters report; it has not')
}
