import type { Subject } from '@sluice/testkit'
import {
  debtEnvelope,
  debtModel,
  deliverable,
  largerRate,
  quotaRate,
  type Rate,
  rates,
  timeToFull,
} from '@sluice/token-bucket/conformance'
import { leakyBucket } from './leaky-bucket.ts'

/** Leaky bucket, ready to be certified: a token bucket that shapes. */
export const subject: Subject<Rate> = {
  name: 'leaky-bucket',
  options: rates,
  quota: quotaRate,
  changed: () => rates,
  resized: (rate, limit) => ({ ...rate, capacity: deliverable(rate, limit) }),
  policy: ({ capacity, amount, perMs }) => leakyBucket({ capacity, leak: amount, per: `${perMs}ms` }),
  model: (rate) => debtModel(rate, true),
  span: timeToFull,
  envelope: debtEnvelope,
  reversedEnvelope: debtEnvelope,
  larger: largerRate,
  outflow: ({ amount, perMs }) => ({ units: BigInt(amount), ms: BigInt(perMs) }),
}
