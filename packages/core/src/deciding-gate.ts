import { type Clock, readClock } from './clock.ts'
import type { Mode, PastCharge, Policy, Reading, Stored, View } from './contract/policy.ts'
import type { Answer, Ask, SyncGate } from './contract/store.ts'
import { charge, fits, overcharge } from './counter.ts'

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
export interface DecidingGateOptions<Place = unknown> {
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
}

/** The deciding loop: all policies of a limiter admit, or none is charged. For any store that can say where a state lies. */
export function decidingGate<Place>({ policies, clock }: DecidingGateOptions<Place>): SyncGate {
  // All of it is used for one decision after the other: making it anew each time would take longer than deciding.
  const steps = policies.map(makeStep)
  const answer = { now: Number.NaN, views: steps.map(({ view }) => view) }

  return {
    applySync(ask) {
      const now = readClock(clock)
      answer.now = now
      decide(steps, ask, now)
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
  // NaN makes V8 treat the numbers as doubles from the start. With 0 it compiled this loop again and again once dates came.
  const nothing = Number.NaN
  const stored = { used: nothing, mark: nothing, scale: nothing, expiresAt: nothing, counted: nothing, rest: undefined }
  const reading = { ...stored, stale: false }
  const view = { used: nothing, mark: nothing, wait: nothing, counted: nothing }
  return { policy, states, reading, view, place: undefined, hasExpired: false }
}

/** Leaves what it found in the views. */
function decide<Place>(steps: readonly Step<Place>[], ask: Ask, now: number): void {
  if (ask.mode === 'consume') consume(steps, ask.key, ask.costs, now, ask.shadow)
  else if (ask.mode === 'charge') chargeInAnyCase(steps, ask.key, ask.costs, now)
  else {
    const verb = verbs[ask.mode]
    for (let i = 0; i < steps.length; i += 1)
      verb(steps[i] as Step<Place>, keyAt(ask.key, i), ask.costs[i] as number, now, ask.of?.[i])
  }
}

/**
 * Returns whether all policies admitted, those aside that are only watched. They read and touch their states before any writes, so that none of one decision makes
 * room for another.
 */
function consume<Place>(
  steps: readonly Step<Place>[],
  key: Ask['key'],
  costs: readonly number[],
  now: number,
  shadow?: readonly boolean[],
): boolean {
  let admitted = true
  for (let i = 0; i < steps.length; i += 1) {
    const step = steps[i] as Step<Place>
    read(step, keyAt(key, i), now)
    if (step.place !== undefined) step.states.touch?.(step.place)
    admitted = (show(step, costs[i] as number, now) || shadow?.[i] === true) && admitted
  }
  for (let i = 0; i < steps.length; i += 1) {
    const step = steps[i] as Step<Place>
    const cost = costs[i] as number
    const isCharged = admitted && (shadow?.[i] !== true || fits(step.policy, step.reading.used, cost))
    settle(step, keyAt(key, i), isCharged, cost, now)
  }
  return admitted
}

function settle<Place>(step: Step<Place>, key: string, admitted: boolean, cost: number, now: number): void {
  if (cost === 0 || !(admitted || step.reading.stale)) return
  if (admitted) charge(step.policy, step.reading, cost, now)
  save(step, key, now)
}

/** A consume, where that is admitted; otherwise every policy is charged all the same, each by itself. */
function chargeInAnyCase<Place>(
  steps: readonly Step<Place>[],
  key: Ask['key'],
  costs: readonly number[],
  now: number,
): void {
  if (consume(steps, key, costs, now)) return
  for (let i = 0; i < steps.length; i += 1) {
    const step = steps[i] as Step<Place>
    const { policy, reading, view } = step
    const own = keyAt(key, i)
    // A refusal may have saved its reading, which is of no use then.
    read(step, own, now)
    const isCharged = overcharge(policy, reading, costs[i] as number, now)
    view.wait = fits(policy, reading.used, 1) ? 0 : waitOf(policy, reading, 1, now)
    if (isCharged) save(step, own, now)
  }
}

/** The key of one policy. */
function keyAt(key: Ask['key'], i: number): string {
  return typeof key === 'string' ? key : (key[i] as string)
}

type Verb = <Place>(step: Step<Place>, key: string, cost: number, now: number, of?: PastCharge) => void

const verbs: Readonly<Record<Exclude<Mode, 'consume' | 'charge'>, Verb>> = {
  peek(step, key, cost, now) {
    read(step, key, now)
    show(step, cost, now)
  },
  refund: giveBack,
  reset(step, key, _cost, now) {
    const place = step.states.find(key)
    if (place !== undefined) step.states.remove(key, place)
    read(step, key, now)
    show(step, 0, now)
  },
}

function giveBack<Place>(step: Step<Place>, key: string, cost: number, now: number, of?: PastCharge): void {
  read(step, key, now)
  const { policy, reading } = step
  const { used: before, rest } = reading
  const isLast = of === undefined || policy.takesBack !== 'last' || of.counted === reading.counted
  if (cost > 0 && before > 0 && isLast) policy.giveBack(reading, cost * policy.unit, now, of)
  if (reading.used < before || reading.rest !== rest) {
    save(step, key, now)
    // Read back, because what is left may have another mark.
    read(step, key, now)
  }
  show(step, 0, now)
}

function read<Place>(step: Step<Place>, key: string, now: number): void {
  const { states, reading } = step
  const place = states.find(key)
  step.place = place
  if (place !== undefined) states.read(place, reading)
  step.hasExpired = place !== undefined && reading.expiresAt <= now
  if (place === undefined || step.hasExpired) clear(reading)
  step.policy.load(reading, now)
}

/** Back to nothing stored. */
function clear(reading: Reading): void {
  reading.used = 0
  reading.mark = 0
  reading.scale = 0
  reading.expiresAt = 0
  reading.counted = 0
  reading.rest = undefined
}

/** Whether the policy admits. */
function show<Place>({ policy, reading, view }: Step<Place>, cost: number, now: number): boolean {
  const admits = fits(policy, reading.used, cost)
  view.used = reading.used
  view.mark = reading.mark
  view.counted = reading.counted
  view.wait = admits ? 0 : waitOf(policy, reading, cost, now)
  return admits
}

function waitOf(policy: Policy, reading: Reading, cost: number, now: number): number {
  return policy.wait === undefined || cost > policy.limit ? 0 : policy.wait(reading, cost, now)
}

function save<Place>(step: Step<Place>, key: string, now: number): void {
  const { states, reading } = step
  // What has expired may have been swept since.
  const place = step.hasExpired ? states.find(key) : step.place
  if (reading.used > 0 || step.policy.counts) {
    step.policy.save(reading)
    states.write(key, place, reading, reading.expiresAt, now)
  } else if (place !== undefined) {
    states.remove(key, place)
  }
}

function copyOf({ now, views }: Answer): Answer {
  return { now, views: views.map(({ used, mark, wait, counted }) => ({ used, mark, wait, counted })) }
}
