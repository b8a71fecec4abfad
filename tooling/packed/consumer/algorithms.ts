import type { Subject } from '@sluice/testkit'
import { subject as tokenBucket } from '@sluice/token-bucket/conformance'

/** One algorithm, ready for the laws. Where the consumer is laid, a list of all that are packed stands in place of this. */
export const subjects: readonly Subject[] = [tokenBucket]
