/** A diagnostics channel. */
export interface Channel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
  subscribe(listener: (message: unknown) => void): void
  unsubscribe(listener: (message: unknown) => void): void
}

/** Of the runtimes, those that are like Node have these. */
declare const process: { getBuiltinModule?(name: string): { channel(name: string): Channel } | undefined } | undefined

const diagnostics = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:diagnostics_channel')

/** The diagnostics channel of a name; `undefined` where the runtime has none. */
export function diagnosticsChannel(name: `sluice:${string}`): Channel | undefined {
  return diagnostics?.channel(name)
}
