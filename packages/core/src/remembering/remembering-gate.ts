import { isCallersFault } from '../callers-fault.ts'
import type { Decision, PolicyDecision, Signal } from '../contract/limiter.ts'
import type { Answer, Ask, Gate, SyncGate } from '../contract/store.ts'
import { toDecision } from '../decision.ts'
import type { NamedPolicy } from '../policy-decision.ts'
import { timeOfRuntime } from '../waiting/time.ts'
import type { Refusals, RememberedAnswer } from './refusals.ts'

/** A gate that asks the one of the store only what no earlier refusal answers. */
export function rememberingGate(
  gate: Gate | SyncGate,
  policies: readonly NamedPolicy[],
  known: Refusals,
): Gate | SyncGate {
  /** Learns from what the store has answered. */
  const learn = (ask: Ask, answer: Answer): Answer => {
    if (ask.mode === 'peek') return answer
    const { allowed, retryAfterMs } = toDecision(policies, ask, answer)
    if (ask.mode === 'consume' && !allowed) known.note(policies, ask, answer, retryAfterMs)
    else known.forget(ask)
    return answer
  }
  const recall = (ask: Ask): Answer | undefined => (ask.mode === 'consume' ? known.recall(policies, ask) : undefined)

  /** The questions under way whose answers may answer these as well. */
  const questionsOn = (asks: readonly Ask[]): readonly Promise<unknown>[] =>
    asks.flatMap((ask) => (ask.mode === 'consume' && recall(ask) === undefined ? (known.questionOn(ask) ?? []) : []))
  const askStore = async (asks: readonly Ask[], signal: Signal | undefined): Promise<readonly (Answer | Error)[]> => {
    const answers = gate.apply(asks, signal)
    for (const ask of asks) if (ask.mode === 'consume') known.question(ask, answers)
    return (await answers).map((answer, i) => ('views' in answer ? learn(asks[i] as Ask, answer) : answer))
  }

  const apply: Gate['apply'] = async (asks, signal) => {
    // Nothing is awaited before the store is asked, so that whoever asks in the same turn finds the question.
    const questions = questionsOn(asks)
    if (questions.length > 0) await timeOfRuntime.within(Promise.all(questions), Number.POSITIVE_INFINITY, signal)
    const recalled = asks.map(recall)
    const rest = asks.filter((_, i) => recalled[i] === undefined)
    if (rest.length === asks.length) return askStore(asks, signal)
    const answers = rest.length === 0 ? [] : await askStore(rest, signal).catch((error) => failed(rest, error, signal))
    let next = 0
    return recalled.map((answer) => answer ?? (answers[next++] as Answer | Error))
  }
  if (!('applySync' in gate)) return { apply }
  return { apply, applySync: (ask) => recall(ask) ?? learn(ask, gate.applySync(ask)) }
}

/** What was recalled stays answered, whatever became of the rest. */
function failed(asks: readonly Ask[], error: unknown, signal: Signal | undefined): readonly Error[] {
  if (signal?.aborted || isCallersFault(error)) throw error
  return asks.map(() => error as Error)
}

/** What a decision that was recalled says, if nothing else has happened since. */
export function later(decision: Decision, { passedMs }: RememberedAnswer): Decision {
  const policies = Object.entries(decision.policies).map(([name, own]) => [name, numbersLater(own, passedMs)])
  return {
    ...numbersLater(decision, passedMs),
    at: decision.at + passedMs,
    policies: Object.fromEntries(policies),
    source: 'remembered',
  }
}

function numbersLater<D extends PolicyDecision>(decision: D, passedMs: number): D {
  const { retryAfterMs, resetAfterMs, shadow } = decision
  return {
    ...decision,
    retryAfterMs: waitLater(retryAfterMs, passedMs),
    resetAfterMs: Math.max(0, resetAfterMs - passedMs),
    ...(shadow && { shadow: { ...shadow, retryAfterMs: waitLater(shadow.retryAfterMs, passedMs) } }),
  }
}

/** What was refused stays refused, though its wait be over. */
function waitLater(retryAfterMs: number, passedMs: number): number {
  return retryAfterMs === 0 ? 0 : Math.max(1, retryAfterMs - passedMs)
}
