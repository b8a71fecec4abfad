import { type Duration, parseDuration } from '@sluice/core'
import { expectPositiveInteger } from '@sluice/core/internal'
import type { Quota } from './comparison/algorithm.ts'

/** A quota out of text. Throws the library's own errors, which name the parameter that is wrong. */
export function readQuota(text: { readonly limit: string; readonly window: string; readonly capacity: string }): Quota {
  return {
    limit: expectPositiveInteger('limit', numberOrText(text.limit)),
    window: parseDuration('window', numberOrText(text.window) as Duration),
    burst: expectPositiveInteger('capacity', numberOrText(text.capacity)),
  }
}

/** The number that the text spells; any other text is left as it is, for the library to refuse. */
export function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}
