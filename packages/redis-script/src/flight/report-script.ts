import type { ScriptMessage } from '@sluice/core'
import { codeOf, diagnosticsChannel } from '@sluice/core/internal'

const scripts = diagnosticsChannel('sluice:script')

/** Reports, where somebody listens, that a script of a limiter is sent. */
export function reportSent(limiter: string, requests: number): void {
  if (!scripts?.hasSubscribers) return
  const message: ScriptMessage = { type: 'sent', limiter, requests }
  scripts.publish(message)
}

/** Reports, where somebody listens, that one failed, or was not answered by the deadline. */
export function reportFailed(limiter: string, why: unknown): void {
  if (!scripts?.hasSubscribers) return
  const message: ScriptMessage = { type: 'failed', limiter, code: why instanceof Error ? codeOf(why) : 'Error' }
  scripts.publish(message)
}
