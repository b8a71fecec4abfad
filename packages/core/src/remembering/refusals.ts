import type { Answer, Ask } from '../contract/store.ts'
import { ownCopy } from '../memory/own-copy.ts'
import { keyText } from '../request-key.ts'

/** So late at most, in ms, is it seen what another process refunds, resets or allows. */
const longestMs = 1000
/** How many refusals are remembered, and how many code units their keys have together. */
const mostRefusals = 10_000
const mostUnits = 2 ** 20

/** What the store found when it refused, so many ms ago. */
export interface RememberedAnswer extends Answer {
  readonly passedMs: number
}

/** The refusals that a limiter remembers, so that its store is not asked what it has just answered. */
export interface Refusals {
  /** The answer to a consume, where one that cost as much or less was refused under the same policies. */
  recall(tier: object, ask: Ask): RememberedAnswer | undefined
  /** Remembers a refusal for as long as it told, or for a second. */
  note(tier: object, ask: Ask, answer: Answer, retryAfterMs: number): void
  /** What has been given back, charged or reset may be decided otherwise. */
  forget(ask: Ask): void
  /** The question that is under way on a key that was refused: until it is answered nobody else need ask. */
  questionOn(ask: Ask): Promise<unknown> | undefined
  /** Lets others wait for the answer to a question, where the key was refused before. */
  question(ask: Ask, answer: Promise<unknown>): void
}

interface Refusal {
  /** Whose: other parameters are another answer. */
  readonly tier: object
  readonly costs: readonly number[]
  readonly answer: Answer
  readonly notedAt: number
  readonly lastsMs: number
  question: Promise<unknown> | undefined
}

/** None yet; `now` is in ms on a clock that never goes back. */
export function refusals(now: () => number): Refusals {
  const byKey = new Map<string, Refusal>()
  let units = 0
  const remove = (key: string): void => {
    if (byKey.delete(key)) units -= key.length
  }

  return {
    recall(tier, { key, costs }) {
      const refusal = byKey.get(keyText(key))
      if (refusal === undefined || refusal.tier !== tier) return undefined
      const passedMs = Math.floor(now() - refusal.notedAt)
      if (passedMs >= refusal.lastsMs || !areAsMuch(costs, refusal.costs)) return undefined
      return { ...refusal.answer, passedMs }
    },
    note(tier, { key: given, costs }, { now: at, views }, retryAfterMs) {
      const key = ownCopy(keyText(given))
      remove(key)
      const answer = { now: at, views: views.map((view) => ({ ...view })) }
      const lastsMs = Math.min(longestMs, retryAfterMs)
      byKey.set(key, { tier, costs, answer, notedAt: now(), lastsMs, question: undefined })
      units += key.length
      for (const oldest of byKey.keys()) {
        if (byKey.size <= mostRefusals && units <= mostUnits) break
        remove(oldest)
      }
    },
    forget: ({ key }) => remove(keyText(key)),
    questionOn: ({ key }) => byKey.get(keyText(key))?.question,
    question({ key }, answer) {
      const refusal = byKey.get(keyText(key))
      if (refusal === undefined) return
      const end = (): void => {
        refusal.question = undefined
      }
      refusal.question = answer.then(end, end)
    },
  }
}

function areAsMuch(costs: readonly number[], least: readonly number[]): boolean {
  return costs.every((cost, i) => cost >= (least[i] as number))
}
