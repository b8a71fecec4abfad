import type { Policy, Signal } from '@sluice/core'
import { type AccessLog, type RefusalCurve, refusalCurve } from '@sluice/simulation'
import type { Algorithm } from '../comparison/algorithm.ts'
import { openAlgorithms, quotaFor } from '../comparison/algorithms.ts'
import type { Equality } from '../comparison/settings.ts'

/** The curve of each algorithm that is open at first, in their order. Plain data. */
export interface LogCurves {
  /** Ms. */
  readonly window: number
  /** What the limits stand for: the limit itself, or the most that may get through in any window. */
  readonly by: Equality
  readonly curves: readonly { readonly algorithm: string; readonly curve: RefusalCurve }[]
}

interface LogCurvesOptions extends Pick<LogCurves, 'window' | 'by'> {
  readonly log: AccessLog
  readonly signal?: Signal
  /** Called with the share that is done, from 0 to 1; what it returns is awaited. */
  readonly onProgress?: (share: number) => void | Promise<void>
}

/** How many clients of a log each algorithm refuses, for every limit; bursts are as large as the limit. */
export async function logCurves({ log, window, by, signal, onProgress }: LogCurvesOptions): Promise<LogCurves> {
  const algorithms = openAlgorithms({ opened: [] })
  const curves: LogCurves['curves'][number][] = []
  for (const [i, algorithm] of algorithms.entries()) {
    const curve = await refusalCurve({
      log,
      policy: policyOf(algorithm, window, by),
      signal,
      onProgress: (requests) => onProgress?.((i + requests / log.times.length) / algorithms.length),
    })
    curves.push({ algorithm: algorithm.id, curve })
  }
  return { window, by, curves }
}

function policyOf(algorithm: Algorithm, window: number, by: Equality): (limit: number) => Policy {
  return (limit) => algorithm.policy(quotaFor(algorithm, { limit, window, burst: limit }, by))
}
