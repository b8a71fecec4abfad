import type { Cost, Decision, Key } from '@sluice/core'
import { shown, warnOnce } from '@sluice/core/internal'
import type { Awaitable, DoorLimiter, DoorSettings } from './door-options.ts'

/** What became of a request that was let through. */
export interface Outcome {
  /** The status of the response; 499 where the client had gone before the response began. */
  readonly status: number
  /** Whether all of it was handed to the client; `false` where the client had gone before. */
  readonly completed: boolean
}

/**
 * What follows the response, in doors that see it. A request was counted before, so requests at one time cannot all pass. A cost by
 * policy leaves the policies alone that it does not name. Where both are given, the refund goes first.
 */
export interface AfterResponse<Args extends readonly unknown[]> {
  /**
   * Asked once the response has been sent: `true` gives the request back, for limits that count failures alone; a cost gives back so
   * much of it, where it used less.
   */
  readonly refund?: ((...args: [...Args, Outcome]) => Awaitable<boolean | Cost>) | undefined
  /**
   * Asked once the response has been sent: what the request used beyond its `cost`, such as tokens or bytes. That is counted whatever the
   * limit says, and later requests wait for it.
   */
  readonly charge?: ((...args: [...Args, Outcome]) => Awaitable<Cost>) | undefined
}

/** The names of the options in `AfterResponse`. */
export const afterResponse: readonly (keyof AfterResponse<[]>)[] = ['refund', 'charge']

/** A request that a door has admitted. */
export interface Admitted {
  readonly decision: Decision
  readonly limiter: DoorLimiter
  readonly key: Key
}

/** Gives back and charges what the options say. Never rejects. */
export async function settle<Args extends readonly unknown[]>(
  settings: DoorSettings<Args>,
  args: Args,
  { decision, limiter, key }: Admitted,
  outcome: Outcome,
): Promise<void> {
  await told(settings, 'refund', async () => {
    const cost = (await settings.refund?.(...args, outcome)) ?? false
    if (cost === true) await limiter.refund(key, { of: decision })
    else if (cost !== false) await limiter.refund(key, { of: decision, cost: onlyNamed(limiter, cost) })
  })
  await told(settings, 'charge', async () => {
    const cost = onlyNamed(limiter, (await settings.charge?.(...args, outcome)) ?? 0)
    if (!isNothing(cost)) await limiter.charge(key, { cost })
  })
}

/** The response is on its way: what goes wrong from here on can be told to nobody but those who run the process. */
async function told(
  settings: DoorSettings<never>,
  option: keyof AfterResponse<[]>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    const about = settings[option] as object
    const message = `After a response, the \`${option}\` of ${settings.door} failed with ${shown(error)}, and changed nothing. Said once.`
    warnOnce(about, 'SLUICE_AFTER_RESPONSE', message)
  }
}

/** To a limiter, a policy that a cost does not name costs 1: here, nothing. */
function onlyNamed({ policies }: DoorLimiter, cost: Cost): Cost {
  if (typeof cost !== 'object' || cost === null) return cost
  return { ...Object.fromEntries(Object.keys(policies).map((name) => [name, 0])), ...cost }
}

function isNothing(cost: Cost): boolean {
  return typeof cost === 'object' ? Object.values(cost).every((own) => own === 0) : cost === 0
}
