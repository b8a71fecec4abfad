import { type Clock, readClock } from './clock.ts'
import type { Mode, Policy, Reading, Stored, View } from './contract/policy.ts'
import type { Answer, Ask, SyncGate } from './contract/store.ts'
import { charge, fits } from './counter.ts'

/**
 * Where the states of one policy of a limiter lie: all that a store brings which runs our code next to its data. A place is
 * the store's own: a row, an entry, a key. Until the decision ends it stays valid, unless what lies there has expired.
 */
export interface States<Place> {
  /** The place of a key's state; `undefined` when there is none. */
  find(key: string): Place | undefined
  /** Copies what is stored, expired or not. */
  read(place: Place, into: Stored): void
  /** Stores a state where it was found, or as a new one. From `keepUntil` on it may be dropped; `now` is the date of the decision. */
  write(key: string, place: Place | undefined, state: Readonly<Stored>, keepUntil: number, now: number): void
  remove(key: string, place: Place): void
  /** A consume has found this state, and may refuse because of it: a store that forgets must remember it. */
  touch?(place: Place): void
}

/** What a gate decides on. */
export interface DecidingGateOptions<Place> {
  /** In the limiter's order. */
  readonly policies: readonly { readonly policy: Policy; readonly states: States<Place> }[]
  readonly clock: Clock
}

/** A policy's part in the decision at hand. */
interface Step<Place> {
  readonly policy: Policy
  readonly states: States<Place>
  readonly reading: Reading
  readonly view: { -readonly [K in keyof View]: View[K] }
  place: Place | undefined
  /** What lies there counts for nothing. */
  hasExpired: boolean
  cost: number
}

/** The deciding loop: all policies of a limiter admit, or none is charged. For any store that can say where a state lies. */
export function decidingGate<Place>({ policies, clock }: DecidingGateOptions<Place>): SyncGate {
  // All of it is used for one decision after the other: making it anew each time would take longer than deciding.
  const steps = policies.map(makeStep)
  const answer = { now: Number.NaN, views: steps.map(({ view }) => view) }

  return {
    applySync(ask) {
      answer.now = readClock(clock)
      decide(steps, ask, answer.now)
      return answer
    },
    async apply(asks) {
      answer.now = readClock(clock)
      return asks.map((ask) => {
        decide(steps, ask, answer.now)
        return copyOf(answer)
      })
    },
  }
}

function makeStep<Place>({ policy, states }: DecidingGateOptions<Place>['policies'][number]): Step<Place> {
  // NaN, because V8 then takes the numbers for doubles from the start. It would compile all over again once a date came.
  const reading = {
    used: Number.NaN,
    mark: Number.NaN,
    scale: Number.NaN,
    expiresAt: Number.NaN,
    rest: undefined,
    stale: false,
  }
  return {
    policy,
    states,
    reading,
    view: { used: Number.NaN, mark: Number.NaN, wait: Number.NaN },
    place: undefined,
    hasExpired: false,
    cost: 0,
  }
}

/** Leaves what it found in the views. */
function decide<Place>(steps: readonly Step<Place>[], { key, mode, costs }: Ask, now: number): void {
  let admitted = true
  for (let i = 0; i < steps.length; i += 1) {
    const step = steps[i] as Step<Place>
    step.cost = costs[i] as number
    look(step, key, mode, now)
    admitted = show(step, now) && admitted
  }
  if (mode !== 'consume') return
  for (let i = 0; i < steps.length; i += 1) consume(steps[i] as Step<Place>, key, admitted, now)
}

function look<Place>(step: Step<Place>, key: string, mode: Mode, now: number): void {
  if (mode === 'reset') forget(step, key)
  load(step, key, now)
  // All policies touch before any writes, so that none of one decision makes room for another.
  if (mode === 'consume' && step.place !== undefined) step.states.touch?.(step.place)
  if (mode === 'refund') refund(step, key, now)
}

function load<Place>(step: Step<Place>, key: string, now: number): void {
  const { policy, states, reading } = step
  step.place = states.find(key)
  if (step.place !== undefined) states.read(step.place, reading)
  step.hasExpired = step.place !== undefined && reading.expiresAt <= now
  if (step.place === undefined || step.hasExpired) clear(reading)
  policy.load(reading, now)
}

/** Back to nothing stored. */
function clear(reading: Reading): void {
  reading.used = 0
  reading.mark = 0
  reading.scale = 0
  reading.expiresAt = 0
  reading.rest = undefined
}

/** Whether the policy admits. */
function show<Place>({ policy, reading, view, cost }: Step<Place>, now: number): boolean {
  const admits = fits(policy, reading.used, cost)
  view.used = reading.used
  view.mark = reading.mark
  view.wait = admits || policy.wait === undefined || cost > policy.limit ? 0 : policy.wait(reading, cost, now)
  return admits
}

function consume<Place>(step: Step<Place>, key: string, admitted: boolean, now: number): void {
  const { policy, reading, cost } = step
  if (cost === 0 || !(admitted || reading.stale)) return
  if (admitted) charge(policy, reading, cost, now)
  save(step, key, now)
}

function refund<Place>(step: Step<Place>, key: string, now: number): void {
  const { policy, reading, cost } = step
  step.cost = 0
  if (cost === 0 || reading.used === 0) return
  reading.used -= cost * policy.unit
  save(step, key, now)
  // Read back, because what is left may have another mark.
  load(step, key, now)
}

function save<Place>(step: Step<Place>, key: string, now: number): void {
  const { policy, states, reading } = step
  // What has expired may have been swept since.
  const place = step.hasExpired ? states.find(key) : step.place
  if (reading.used > 0) {
    policy.save(reading)
    states.write(key, place, reading, reading.expiresAt, now)
  } else if (place !== undefined) {
    states.remove(key, place)
  }
}

function forget<Place>({ states }: Step<Place>, key: string): void {
  const place = states.find(key)
  if (place !== undefined) states.remove(key, place)
}

function copyOf({ now, views }: Answer): Answer {
  return { now, views: views.map(({ used, mark, wait }) => ({ used, mark, wait })) }
}
