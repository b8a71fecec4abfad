import { type Ask, DeadlineError, StoreDownError, type StoreHealth } from '@sluice/core'
import type { Batch, Caller, Callers, Outcomes } from './caller.ts'
import { afterReading } from './deadlines.ts'
import { errorAnswer } from './error-answer.ts'
import type { Send } from './lane.ts'
import { join, type Part } from './partition.ts'
import { type Link, link, type Server } from './server.ts'
import type { ServerClock } from './server-clock.ts'
import { keepAlive, monotonicNow } from './timers.ts'
import { type Command, noDeadline, type Wire } from './wire/wire.ts'

export interface DispatchOptions {
  readonly wire: Wire
  readonly callers: Callers
  /** Sends one command to the server. */
  run(command: Command): Promise<unknown>
  /** The server that decides an ask. */
  serverOf(ask: Ask): Server
  /** The asks that a server refused because they are of several slots, slot by slot; one part when that was not the reason. */
  bySlot(asks: readonly Ask[]): readonly Part[]
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
  bySlot,
  injectedNow,
  onHealth,
}: DispatchOptions): Send {
  const links = new Map<Server, Link>()
  const linkOf = (ask: Ask): Link => {
    const server = serverOf(ask)
    const known = links.get(server) ?? link(server)
    links.set(server, known)
    return known
  }
  const health = healthOf(linkOf, onHealth)

  /** Runs a command, and learns from the reply what the server's clock says. */
  const ask = async (one: Link, command: Command, asks: readonly Ask[]): Promise<Outcomes> => {
    const sent = monotonicNow()
    one.unanswered += 1
    try {
      const { now, outcomes } = wire.read(await run(command), asks)
      one.server.clock.observe(sent, monotonicNow(), now)
      return outcomes
    } finally {
      one.server.trials.settled()
      one.unanswered -= 1
    }
  }

  /** Reads the clock of the server that decides an ask; who needs it meanwhile waits for the same reading. */
  const sound = (one: Link, first: Ask): Promise<void> => {
    if (one.sounding !== undefined) {
      // The slot of another key may be elsewhere, or on the move: that is no answer for this one.
      return one.sounding.catch((why) => (errorAnswer(why).of === 'slot' ? sound(one, first) : Promise.reject(why)))
    }
    const sounding = ask(one, wire.sounding(first.key), [])
      .then(() => {})
      .finally(() => {
        if (one.sounding === sounding) one.sounding = undefined
      })
    one.sounding = sounding
    return sounding
  }

  /** The outcomes of one script, or, where the server refuses its form, of one for each slot: nothing was executed then. */
  const decide = (one: Link, command: Command, asks: readonly Ask[], deadlines: readonly number[]) =>
    ask(one, command, asks).catch((why: unknown) => {
      const parts = errorAnswer(why).again === 'by slot' ? bySlot(asks) : []
      if (parts.length < 2) throw why
      return join(parts, async (part) => {
        const own = part.places.map((place) => deadlines[place] as number)
        // Several batches may be refused together: by one script, those of a slot are decided in their order.
        return ask(one, wire.spellBatch(part.asks, own, injectedNow()), part.asks)
      })
    })

  const travel = (journey: Journey, travellers: readonly Caller[], late: 'again' | 'settle'): void => {
    const { link } = journey
    const asks = travellers.length === 1 ? (travellers[0] as Caller).asks : travellers.flatMap((one) => one.asks)
    const deadlines = deadlinesOf(travellers, link.server.clock)
    let command: Command
    try {
      command = wire.spell(asks, deadlines, injectedNow())
    } catch (why) {
      for (const one of travellers) fail(one, why)
      forgotten(journey)
      journey.over()
      return
    }
    decide(link, command, asks, deadlines).then(
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
    replied(journey)
    health.up()

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
    failed(journey, why)
    health.down(journey.link, journey.first)
    health.up()
    for (const one of travellers) fail(one, why)
    journey.over()
  }

  const miss = (journey: Journey, why: DeadlineError): void => {
    missed(journey, why)
    health.down(journey.link, journey.first)
  }

  /** Its callers left for reasons of their own: whether the server answers in time is still to be seen. */
  const judgeLater = (journey: Journey): void => {
    const { due, over } = journey
    if (due === Number.POSITIVE_INFINITY) {
      forgotten(journey)
      over()
      return
    }
    const judge = (): void => {
      if (journey.state === 'under way') miss(journey, new DeadlineError())
      over()
    }
    keepAlive(
      setTimeout(() => afterReading(due, judge), Math.max(1, due - monotonicNow())),
      'lets go',
    )
  }

  return (callers, end) => {
    const over = (): void => {
      for (const one of callers) release(one)
      end()
    }
    const [first] = callers[0]?.asks ?? []
    if (first === undefined) return over()
    const link = linkOf(first)
    if (!admits(link)) {
      health.down(link, first)
      for (const one of callers) fail(one, new StoreDownError(causeOf(link) as Error))
      return over()
    }

    const journey: Journey = {
      link,
      first,
      over,
      ...sending(link),
      awaited: callers.length,
      due: callers.at(-1)?.due ?? 0,
      state: 'under way',
      abandoned: (why) => {
        // A reading of the clock that never comes must not hold up those who follow.
        link.sounding = undefined
        if (why instanceof DeadlineError) {
          miss(journey, why)
          over()
        } else {
          judgeLater(journey)
        }
      },
    }
    for (const one of callers) one.batch = journey
    if (link.server.clock.known || callers[0]?.due === Number.POSITIVE_INFINITY) {
      return travel(journey, callers, 'again')
    }
    sound(link, first).then(
      () => {
        const still = callers.filter(({ waiting }) => waiting)
        if (still.length > 0) return travel(journey, still, 'again')
        replied(journey)
        over()
      },
      (why) => lose(journey, callers, why),
    )
  }
}

/** A batch on its way to a server. */
interface Journey extends Batch, Numbers {
  readonly link: Link
  readonly first: Ask
  readonly over: () => void
  /** When the last of its callers gives up. */
  readonly due: number
  /** Whether it was answered, be it with an error, or missed by all who waited for it. */
  state: 'under way' | 'answered' | 'missed'
}

/** The number that a batch has at each of its two breakers. */
interface Numbers {
  readonly atLink: number
  readonly atServer: number
}

/** Why the store is left alone: what is wrong with the server says more than what one limiter sees of it. */
function causeOf({ server, breaker }: Link): Error | undefined {
  return server.breaker.cause ?? breaker.cause
}

/** A batch is sent only where both breakers admit it: what one limiter has met, and what all know of the server. */
function admits({ server, breaker }: Link): boolean {
  const now = monotonicNow()
  const admitsTrial = breaker.state === 'closed' || server.trials.admits(now)
  return breaker.admits(now) && server.breaker.admits(now) && admitsTrial
}

function sending({ server, breaker }: Link): Numbers {
  const now = monotonicNow()
  if (breaker.state !== 'closed') server.trials.sending(now)
  return { atLink: breaker.sending(now), atServer: server.breaker.sending(now) }
}

/** The server has replied: it is well, for everyone. Whether that was in time is for each limiter by itself. */
function replied(journey: Journey): void {
  const { link, state } = journey
  journey.state = 'answered'
  link.server.breaker.replied()
  if (state === 'missed') link.breaker.repliedLate()
  else link.breaker.replied()
}

/** A batch was rejected: that counts at one breaker, and says nothing at the other. A slot on the move counts nowhere. */
function failed(journey: Journey, why: unknown): void {
  const { of, counts } = errorAnswer(why)
  if (of === 'slot') {
    replied(journey)
    return
  }
  const { link, atLink, atServer } = journey
  const cause = why instanceof Error ? why : new Error('The client failed without an error')
  journey.state = 'answered'
  if (of === 'server') {
    link.breaker.ended(atLink)
    link.server.breaker[counts === 'each' ? 'refused' : 'failed'](monotonicNow(), atServer, cause)
  } else {
    link.server.breaker.ended(atServer)
    link.breaker.failed(monotonicNow(), atLink, cause)
  }
}

/** Nobody will know what became of a batch. */
function forgotten({ link, atLink, atServer }: Journey): void {
  link.breaker.ended(atLink)
  link.server.breaker.ended(atServer)
}

/** A batch was not answered by the deadline of its limiter: no other limiter is told. */
function missed(journey: Journey, why: DeadlineError): void {
  const { link, atLink, atServer } = journey
  journey.state = 'missed'
  link.server.breaker.ended(atServer)
  link.breaker.missed(monotonicNow(), atLink, why, link.unanswered)
}

/** Reports when a server stops answering a limiter, and when it answers again. */
function healthOf(linkOf: (ask: Ask) => Link, onHealth: ((health: StoreHealth) => void) | undefined) {
  // Those that are down, since when, and an ask that they were to decide.
  const down = new Map<Link, { readonly since: number; readonly asked: Ask }>()
  return {
    down(link: Link, asked: Ask): void {
      const cause = causeOf(link)
      if (cause === undefined || down.has(link)) return
      const open = [link.breaker, link.server.breaker].filter((one) => one.cause !== undefined)
      down.set(link, { since: Math.min(...open.map(({ since }) => since)), asked })
      onHealth?.({ up: false, cause })
    },
    up(): void {
      if (down.size === 0) return
      for (const [link, { since, asked }] of down) {
        // In a Cluster another server may decide such asks by now, or nobody that is known.
        const now = linkOf(asked)
        if (!now.server.clock.known || causeOf(now) !== undefined) continue
        down.delete(link)
        onHealth?.({ up: true, downMs: Math.round(monotonicNow() - since) })
      }
    },
  }
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
