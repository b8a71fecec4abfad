import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DescribedAlgorithm, SluicePackage } from '@sluice/core'
import { installedPackages } from './installed-packages.ts'

/** An algorithm as its package describes it. */
export interface InstalledAlgorithm {
  readonly packageName: string
  readonly algorithm: DescribedAlgorithm
}

/** Every installed algorithm. In a browser the list comes from `installedAsModule`. */
export const installedAlgorithms: readonly InstalledAlgorithm[] = (
  await Promise.all(
    installedPackages().map(async ({ name, folder }) => {
      const entry = pathToFileURL(join(folder, 'src', 'index.ts')).href
      const { sluice } = (await import(entry)) as { readonly sluice?: SluicePackage }
      return sluice?.algorithm === undefined ? [] : [{ packageName: name, algorithm: sluice.algorithm }]
    }),
  )
).flat()
