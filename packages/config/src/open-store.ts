import type { OpenedStore } from '@sluice/core'
import { codeOf } from '@sluice/core/internal'
import { problemOf } from './check-limiter.ts'
import type { CheckedStore } from './check-sluice.ts'
import { DocumentError, type Problem, problemIn } from './document-error.ts'
import { missingPackage } from './find-package.ts'
import type { LoadOptions } from './load-options.ts'

/** Opens the store of a document. Rejects with a `DocumentError` without secrets. */
export async function openStore(
  { driver, options, described }: CheckedStore,
  { client, store, clock, called = 'The document' }: LoadOptions,
  onClientError: (error: Error) => void,
): Promise<OpenedStore> {
  if (store !== undefined) return { store, close: () => {} }
  try {
    return await described.open(options, { client, clock, onClientError })
  } catch (error) {
    throw new DocumentError(called, [cannotOpen({ driver, described }, error)])
  }
}

/** What a client says may hold the URL, so only our own words and a code are told. */
function cannotOpen({ driver, described }: Pick<CheckedStore, 'driver' | 'described'>, error: unknown): Problem {
  const lacking = missingPackage(error)
  if (lacking !== undefined) {
    return problemIn(
      ['store'],
      `Expected the package ${lacking} to be installed for the store ${driver}: npm install ${lacking}`,
    )
  }
  if (error instanceof Error && error.message.startsWith('Expected '))
    return problemOf(['store'], error, Object.keys(described.options.properties))
  const code = error instanceof Error ? codeOf(error) : 'something that is no Error'
  return problemIn(['store'], `Expected the store ${driver} to open, it failed with ${code}`)
}
