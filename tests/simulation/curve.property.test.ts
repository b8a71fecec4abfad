import { createLimiter, memoryStore, type OptionsSchema, type Policy } from '@sluice/core'
import { type AccessLog, curveAt, refusalCurve, replay, virtualClock } from '@sluice/simulation'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { housePackages } from '../config/house-packages.ts'

/** An algorithm whose limit is all that differs. */
interface Family {
  readonly name: string
  policy(limit: number, window: number): Policy
}

const families: readonly Family[] = [...(await housePackages()).algorithms].flatMap(([name, { options, create }]) =>
  choicesOf(options).flatMap((choice): Family[] => {
    const titled = [name, ...Object.values(choice)].join(' ')
    const whole = (limit: number, window: number): object => ({
      ...fixedOptions(options, limit, window),
      ...choice,
    })
    const halved = (limit: number, window: number): object => whole(Math.ceil(limit / 2), window)
    const capacityAlone = (limit: number, window: number): object => ({
      ...whole(3, window),
      capacity: Math.max(3, limit),
    })
    return [
      { name: titled, policy: (limit, window) => create(whole(limit, window)) },
      { name: `${titled}, at half the limit`, policy: (limit, window) => create(halved(limit, window)) },
      ...('capacity' in options.properties
        ? [{ name: `${titled}, by its capacity`, policy: (l: number, w: number) => create(capacityAlone(l, w)) }]
        : []),
    ]
  }),
)

/** What is required, given the limit and the window. */
function fixedOptions({ properties, required = [] }: OptionsSchema, limit: number, window: number): object {
  return Object.fromEntries(
    required.map((option) => [option, properties[option]?.type === 'integer' ? limit : `${window}ms`]),
  )
}

/** Each value of each option that has a few. */
function choicesOf({ properties }: OptionsSchema): readonly Readonly<Record<string, string>>[] {
  const choices = Object.entries(properties).flatMap(([option, { enum: values }]) =>
    Array.isArray(values) ? values.map((value: string) => ({ [option]: value })) : [],
  )
  return choices.length === 0 ? [{}] : choices
}

/** Bursts, ties, steps around multiples of the window, silence; out of order as in a log that several threads write. */
const logs = fc
  .record({
    start: fc.oneof(fc.constant(0), fc.nat(1000), fc.constant(1_700_000_000_000), fc.constant(2 ** 51)),
    window: fc.integer({ min: 2, max: 60 }),
    requests: fc.array(
      fc.record({
        client: fc.nat(3),
        at: fc.oneof(
          fc.nat(200),
          fc.nat(20),
          fc.nat(3).map((n) => n * 20),
          fc.nat(3000),
        ),
        times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
      }),
      { maxLength: 40 },
    ),
  })
  .map(({ start, window, requests }) => ({ window, log: logOf(start, requests) }))

function logOf(
  start: number,
  requests: readonly { readonly client: number; readonly at: number; readonly times: number }[],
): AccessLog {
  const each = requests.flatMap(({ client, at, times }) => Array.from({ length: times }, () => ({ client, at })))
  const clients = [...new Set(each.map(({ client }) => client))]
  return {
    clients: clients.map((client) => `client ${client}`),
    clientOf: each.map(({ client }) => clients.indexOf(client)),
    times: each.map(({ at }) => start + at),
    malformed: [],
    firstMalformed: [],
  }
}

async function refusedBy(policy: Policy, log: AccessLog): Promise<number> {
  const clock = virtualClock()
  const limiter = createLimiter({ name: 'log', policy, store: memoryStore({ clock: clock.now }) })
  return (await replay({ log, limiter, clock, window: '1s' })).clientsRefused
}

describe.each(families.map((family) => [family.name, family] as const))('%s', (_, family) => {
  it('has at every limit the number of clients that a replay at that limit refuses', async () => {
    await fc.assert(
      fc.asyncProperty(logs, async ({ window, log }) => {
        const curve = await refusalCurve({ log, policy: (limit) => family.policy(limit, window) })
        const last = curve.points.at(-1)?.limit ?? 0
        for (let limit = 1; limit <= last + 2; limit += 1) {
          const expected = await refusedBy(family.policy(limit, window), log)
          expect([limit, curveAt(curve, limit).clientsRefused]).toEqual([limit, expected])
        }
      }),
    )
  })

  it('refuses no client that it did not refuse at a tighter limit', async () => {
    await fc.assert(
      fc.asyncProperty(logs, async ({ window, log }) => {
        const one = { ...log, clients: ['all'], clientOf: log.times.map(() => 0) }
        let before = 1
        for (let limit = 1; limit <= log.times.length + 1; limit += 1) {
          const refused = await refusedBy(family.policy(limit, window), one)
          expect([limit, refused]).toEqual([limit, Math.min(before, refused)])
          before = refused
        }
      }),
    )
  })
})
