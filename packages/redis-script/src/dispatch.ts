import { type Ask, DeadlineError, StoreDownError, type StoreHealth } from '@sluice/core'
import type { Batch, Caller, Callers, Outcomes } from './caller.ts'
import { afterReading } from './deadlines.ts'
import type { Send } from './lane.ts'
import type { Server } from './server.ts'
import type { ServerClock } from './server-clock.ts'
import { type Command, noDeadline, type Wire } from './wire.ts'

export interface DispatchOptions {
  readonly wire: Wire
  readonly callers: Callers
  /** Sends one command to the server. */
  run(command: Command): Promise<unknown>
  /** The server that decides an ask. */
  serverOf(ask: Ask): Server
  /** The date on the injected clock, if there is one. */
  injectedNow(): number | undefined
  readonly onHealth: ((health: StoreHealth) => void) | undefined
}

/**
 * Sends batches and gives each caller its outcomes. Every ask carries its caller's deadline as a date on the server's clock,
 * so that what is executed too late is void; while that clock is unknown, it is read first.
 */
export function dispatch({
  wire,
  callers: { settle, fail, release },
  run,
  serverOf,
  injectedNow,
  onHealth,
}: DispatchOptions): Send {
  // Those that are down, with an ask that they were to decide.
  const down = new Map<Server, Ask>()
  const reportDown = (server: Server, asked: Ask): void => {
    const { cause } = server.breaker
    if (cause === undefined || down.has(server)) return
    down.set(server, asked)
    onHealth?.({ up: false, cause })
  }
  const reportUp = (): void => {
    for (const [server, asked] of down) {
      // In a Cluster another server may decide such asks by now, or nobody that is known.
      const { clock, breaker } = serverOf(asked)
      if (!clock.known || breaker.cause !== undefined) continue
      down.delete(server)
      onHealth?.({ up: true, downMs: Math.round(performance.now() - server.breaker.since) })
    }
  }
  const answered = (journey: Journey): void => {
    const { server, state } = journey
    journey.state = 'answered'
    if (state === 'missed') server.breaker.stirred()
    else server.breaker.answered()
    if (down.size > 0) reportUp()
  }
  const failed = (journey: Journey, state: 'answered' | 'missed', why: unknown): void => {
    const { server, first, state: before } = journey
    journey.state = state
    if (before === 'missed') return
    const cause = why instanceof Error ? why : new Error('The client failed without an error')
    server.breaker.failed(performance.now(), cause, server.unanswered)
    reportDown(server, first)
  }

  /** Runs a command, and learns from the reply what the server's clock says. */
  const ask = async (server: Server, command: Command, asks: readonly Ask[]): Promise<Outcomes> => {
    const sent = performance.now()
    server.unanswered += 1
    try {
      const { now, outcomes } = wire.read(await run(command), asks)
      server.clock.observe(sent, performance.now(), now)
      return outcomes
    } finally {
      server.unanswered -= 1
    }
  }

  /** Reads the clock of the server that decides an ask; who needs it meanwhile waits for the same reading. */
  const sound = (server: Server, first: Ask): Promise<void> => {
    if (server.sounding !== undefined) return server.sounding
    const sounding = ask(server, wire.sounding(first.key), [])
      .then(() => {})
      .finally(() => {
        if (server.sounding === sounding) server.sounding = undefined
      })
    server.sounding = sounding
    return sounding
  }

  const travel = (journey: Journey, travellers: readonly Caller[], late: 'again' | 'settle'): void => {
    const { server } = journey
    const asks = travellers.length === 1 ? (travellers[0] as Caller).asks : travellers.flatMap((one) => one.asks)
    let command: Command
    try {
      command = wire.spell(asks, deadlinesOf(travellers, server.clock), injectedNow())
    } catch (why) {
      for (const one of travellers) fail(one, why)
      journey.over()
      return
    }
    ask(server, command, asks).then(
      (outcomes) => deliver(journey, travellers, outcomes, late),
      (why) => lose(journey, travellers, why),
    )
  }

  const deliver = (
    journey: Journey,
    travellers: readonly Caller[],
    outcomes: Outcomes,
    late: 'again' | 'settle',
  ): void => {
    answered(journey)

    // Too late, yet still awaited: the clocks have moved apart. Now it is known how far.
    const again: Caller[] = []
    let from = 0
    for (const one of travellers) {
      const own = travellers.length === 1 ? outcomes : outcomes.slice(from, from + one.asks.length)
      from += one.asks.length
      if (late === 'again' && one.waiting && own[0] instanceof DeadlineError) again.push(one)
      else settle(one, own)
    }
    if (again.length > 0) travel(journey, again, 'settle')
    else journey.over()
  }

  const lose = (journey: Journey, travellers: readonly Caller[], why: unknown): void => {
    if (isOfSlot(why)) answered(journey)
    else failed(journey, 'answered', why)
    for (const one of travellers) fail(one, why)
    journey.over()
  }

  /** Its callers left for reasons of their own: whether the server answers in time is still to be seen. */
  const judgeLater = (journey: Journey): void => {
    const { due, over } = journey
    if (due === Number.POSITIVE_INFINITY) {
      over()
      return
    }
    const judge = (): void => {
      if (journey.state === 'under way') failed(journey, 'missed', new DeadlineError())
      over()
    }
    setTimeout(() => afterReading(due, judge), Math.max(1, due - performance.now())).unref()
  }

  return (callers, end) => {
    const over = (): void => {
      for (const one of callers) release(one)
      end()
    }
    const [first] = callers[0]?.asks ?? []
    if (first === undefined) return over()
    const server = serverOf(first)
    const { cause } = server.breaker
    if (cause !== undefined && !server.breaker.admits(performance.now())) {
      reportDown(server, first)
      for (const one of callers) fail(one, new StoreDownError(cause))
      return over()
    }

    const journey: Journey = {
      server,
      first,
      over,
      awaited: callers.length,
      due: callers.at(-1)?.due ?? 0,
      state: 'under way',
      abandoned: (why) => {
        // A reading of the clock that never comes must not hold up those who follow.
        server.sounding = undefined
        if (why instanceof DeadlineError) {
          failed(journey, 'missed', why)
          over()
        } else {
          judgeLater(journey)
        }
      },
    }
    for (const one of callers) one.batch = journey
    if (server.clock.known || callers[0]?.due === Number.POSITIVE_INFINITY) return travel(journey, callers, 'again')
    sound(server, first).then(
      () => {
        const still = callers.filter(({ waiting }) => waiting)
        if (still.length > 0) return travel(journey, still, 'again')
        answered(journey)
        over()
      },
      (why) => lose(journey, callers, why),
    )
  }
}

/** Told while a slot is on its way from one server to another: there is nothing wrong with the server that says so. */
function isOfSlot(why: unknown): boolean {
  if (!(why instanceof Error)) return false
  const tooMany = why.message.startsWith('Too many Cluster redirections')
  return (
    /^(TRYAGAIN|ASK|MOVED) /.test(why.message) ||
    (tooMany && /(TRYAGAIN|ASK|MOVED) /.test(`${why.message} ${why.cause}`))
  )
}

/** A batch on its way to a server. */
interface Journey extends Batch {
  readonly server: Server
  readonly first: Ask
  readonly over: () => void
  /** When the last of its callers gives up. */
  readonly due: number
  /** Whether it was answered, be it with an error, or missed by all who waited for it. */
  state: 'under way' | 'answered' | 'missed'
}

/** Each ask's deadline, on the server's clock. */
function deadlinesOf(callers: readonly Caller[], clock: ServerClock): number[] {
  const deadlines: number[] = []
  for (const { asks, due } of callers) {
    const deadline = due === Number.POSITIVE_INFINITY ? noDeadline : clock.date(due)
    for (let i = 0; i < asks.length; i += 1) deadlines.push(deadline)
  }
  return deadlines
}
