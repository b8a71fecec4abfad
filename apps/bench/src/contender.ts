/** Whether what is asked for fits, call after call, or never; `brief` is ample, and back within a millisecond. */
export type Quota = 'ample' | 'spent' | 'brief'

/** How many requests each quota lets through. */
export const quotas: Readonly<Record<Quota, number>> = { ample: 1_000_000_000, spent: 1, brief: 1_000_000_000 }

/** Something that decides, as its own users would call it. */
export interface Contender {
  /** One decision, as it comes: a value or a promise, which may reject to refuse. */
  decide(key: string): unknown
  /** The same, understood: not measured, only to see that it does what it is measured for. */
  admits(key: string): Promise<boolean>
}

/** Throws an `Error` unless the contender decides as the quota wants it. */
export async function expectToDecide(name: string, { admits }: Contender, quota: Quota): Promise<void> {
  await admits('warden')
  const admitted = await admits('warden')
  if (admitted !== (quota !== 'spent'))
    throw new Error(`Expected ${name} to ${admitted ? 'refuse' : 'admit'}, it did not`)
}
