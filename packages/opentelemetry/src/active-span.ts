import { type Attributes, trace } from '@opentelemetry/api'
import type { DecisionMessage } from '@sluice/core'

/** How a decision is seen on the active span: as an event of it, or as its attributes, where the last decision wins. */
export type OnSpan = 'event' | 'attributes'

/** All of them. */
export const onSpans: readonly OnSpan[] = ['event', 'attributes']

const msInSecond = 1000

/** Tells the active span, if it is recording, what was decided on a request to consume. */
export function tellActiveSpan(how: OnSpan, message: DecisionMessage): void {
  if (message.mode !== 'consume') return
  const span = trace.getActiveSpan()
  if (span?.isRecording() !== true) return
  if (how === 'event') span.addEvent('sluice.decision', attributesOf(message))
  else span.setAttributes(attributesOf(message))
}

function attributesOf({
  limiter,
  policy,
  allowed,
  source,
  remaining,
  retryAfterMs,
  delayMs,
  shadow,
}: DecisionMessage): Attributes {
  return {
    'sluice.limiter': limiter,
    'sluice.policy': policy,
    'sluice.outcome': shadow !== undefined ? 'shadow-refused' : allowed ? 'admitted' : 'refused',
    'sluice.source': source,
    'sluice.remaining': remaining,
    ...(!allowed && Number.isFinite(retryAfterMs) && { 'sluice.retry_after': retryAfterMs / msInSecond }),
    ...(delayMs > 0 && { 'sluice.delay': delayMs / msInSecond }),
  }
}
