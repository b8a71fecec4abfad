import type { PastCharge, Policy } from '@sluice/core'
import { spellDate, spellNumber } from './spell-number.ts'

/** Spells the deadline of a request and what it charges each policy. */
export type SpellRequest = (deadline: number, costs: readonly number[]) => string

/** Spells the requests of one limiter. Most of a batch have one deadline and small costs: those are spelled once. */
export function requestSpelling(policies: readonly Policy[]): SpellRequest {
  const charges = policies.map(chargeSpelling)
  let known = 0
  let spelled = spellDate(known)
  return (deadline, costs) => {
    if (deadline !== known) {
      known = deadline
      spelled = spellDate(deadline)
    }
    let text = spelled
    for (let i = 0; i < charges.length; i += 1) text += charges[i]?.(costs[i] as number)
    return text
  }
}

/** Spells for each policy the most that a charge may bring it to, and what a cost of 1 adds: only charges need them. */
export function spellMost(policies: readonly Policy[]): string {
  const numbers = policies.flatMap(({ mostUsed, unit }) => [mostUsed ?? Number.MAX_SAFE_INTEGER, unit])
  return numbers.map(spellNumber).join('')
}

/** Spells a past charge: its date, and for each policy its end and what was counted then. */
export function spellPast(charges: readonly PastCharge[]): string {
  const { at } = charges[0] as PastCharge
  return spellDate(at) + charges.map(({ ends, counted }) => spellDate(ends) + spellDate(counted)).join('')
}

/** Spells which policies are only watched: 1 for each that is, 0 for each that is not. */
export function spellShadow(shadow: readonly boolean[]): string {
  return shadow.map((isWatched) => spellNumber(isWatched ? 1 : 0)).join('')
}

function chargeSpelling(policy: Policy): (cost: number) => string {
  const small = Array.from({ length: 16 }, (_, cost) => spellCharge(policy, cost))
  return (cost) => small[cost] ?? spellCharge(policy, cost)
}

/** What a cost adds to what is used. Past 2^53 it may be any number that fits under no ceiling. */
function spellCharge({ unit }: Policy, cost: number): string {
  return spellNumber(Math.min(cost * unit, 2 ** 53))
}
