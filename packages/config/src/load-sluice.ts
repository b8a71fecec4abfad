import { expectLoadOptions, type LoadOptions, loadOptionNames } from './load-options.ts'
import type { LimitersOf } from './named-limiter.ts'
import { openSluice } from './running.ts'
import type { Sluice } from './sluice.ts'
import type { SluiceDocument } from './sluice-document.ts'

/**
 * Limiters and the store of a document. Loads the packages that it names, makes the client of the store, and settles once that is
 * connected or has failed for the first time. Rejects with a `DocumentError` that has all that is wrong.
 */
export async function loadSluice<const D extends SluiceDocument>(
  document: D,
  options: LoadOptions = {},
): Promise<Sluice<LimitersOf<D>>> {
  expectLoadOptions('loadSluice', options, loadOptionNames)
  const { limiters, opened, apply, close } = await openSluice(document, options)
  return {
    limiters: limiters as unknown as LimitersOf<D>,
    store: opened.store,
    client: opened.client,
    reload: (next) => apply(async () => next),
    close,
  }
}
