import type { LimiterEvent } from '@sluice/core'

interface Warning {
  readonly code: string
  readonly message: string
}

/** What the process and the limiters say while a fault lasts. */
export interface Watch {
  /** For the limiters under load. */
  onEvent(event: LimiterEvent): void
  /** What went wrong in the process: rejections and exceptions that nobody handled, and leaks of listeners. */
  readonly stumbles: readonly string[]
  /** Each event, as JSON, and how often it came. */
  readonly said: ReadonlyMap<string, number>
  /** The warnings of this house. Not the errors themselves: the frames that they remember would keep alive what a limiter held. */
  readonly warnings: readonly Warning[]
  stop(): void
}

/** Listens to the process until it is stopped. */
export function watch(): Watch {
  const stumbles: string[] = []
  const said = new Map<string, number>()
  const warnings: Warning[] = []
  const stumbled = (kind: string) => (error: unknown) => {
    stumbles.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const listeners = {
    unhandledRejection: stumbled('unhandled rejection'),
    uncaughtException: stumbled('uncaught exception'),
    warning: (warning: Error) => {
      if (warning.name === 'MaxListenersExceededWarning') stumbled('listener leak')(warning)
      const { code, message } = warning as Error & Warning
      if (warning.name === 'SluiceWarning') warnings.push({ code, message })
    },
  }
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener)
  return {
    stumbles,
    said,
    warnings,
    onEvent(event) {
      // Counted rather than kept: there are as many as decisions.
      const text = JSON.stringify(event)
      said.set(text, (said.get(text) ?? 0) + 1)
    },
    stop() {
      for (const [event, listener] of Object.entries(listeners)) process.off(event, listener)
    },
  }
}

/** The events of one kind, each as often as it came. */
export function eventsOf<Type extends LimiterEvent['type']>(
  { said }: Pick<Watch, 'said'>,
  type: Type,
): (Extract<LimiterEvent, { type: Type }> & { readonly times: number })[] {
  return [...said]
    .map(([text, times]) => ({ ...(JSON.parse(text) as LimiterEvent), times }))
    .filter((event): event is Extract<LimiterEvent, { type: Type }> & { times: number } => event.type === type)
}
