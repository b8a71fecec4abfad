import type { Clock, Store } from '@sluice/core'
import { expectClock, expectOptions, shown } from '@sluice/core/internal'
import type { CheckOptions } from './check-sluice.ts'
import type { SluiceEvent } from './sluice.ts'

/** How a document is loaded. */
export interface LoadOptions extends CheckOptions {
  /** A client for the store, made, connected and closed by you; its address is then not read from the document. */
  readonly client?: unknown
  /** A store in place of the document's, for tests and simulations. It is not closed. */
  readonly store?: Store | undefined
  /** A clock for the store, for tests and replay. */
  readonly clock?: Clock | undefined
  /** Told of events. Default: a warning of the process for what goes wrong. */
  readonly onEvent?: ((event: SluiceEvent) => void) | undefined
}

export const loadOptionNames: readonly string[] = [
  'env',
  'packages',
  'folder',
  'called',
  'client',
  'store',
  'clock',
  'onEvent',
]

/** Throws a `TypeError` that names the option that is wrong. */
export function expectLoadOptions(where: string, options: LoadOptions, names: readonly string[]): void {
  expectOptions(where, options, names)
  expectClock(options.clock)
  const { onEvent, client, store } = options
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw new TypeError(`Expected \`onEvent\` to be a function that is given events, got ${shown(onEvent)}`)
  }
  if (client !== undefined && store !== undefined) {
    throw new TypeError('Expected either `client` or `store`, got both')
  }
}
