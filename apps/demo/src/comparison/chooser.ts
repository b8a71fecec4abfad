import { createLimiter, memoryStore } from '@sluice/core'
import type { Algorithm, Quota } from './algorithm.ts'
import { algorithms } from './algorithms.ts'
import { compare, type Lane, start } from './compare.ts'
import { durationText } from './duration-text.ts'
import { initialSettings } from './link.ts'
import { type ScenarioName, scenarios } from './scenarios.ts'
import type { Settings } from './settings.ts'
import { triesOf } from './verdict.ts'

/** A question that leads to an algorithm when its answer is the deciding one, and else to the next question. */
export interface Question {
  readonly text: string
  readonly yes: string
  readonly no: string
  /** The answer that decides, and the algorithm that it leads to. */
  readonly decides: readonly [answer: Answer, id: string]
}

export type Answer = 'yes' | 'no'

/** As the guide asks them. */
export const questions: readonly Question[] = [
  {
    text: 'Is the thing behind it hurt by bursts?',
    yes: 'yes, space them',
    no: 'no',
    decides: ['yes', 'leaky-bucket'],
  },
  {
    text: 'May the limit ever be exceeded?',
    yes: 'yes, a little',
    no: 'never, in any window',
    decides: ['no', 'sliding-log'],
  },
  {
    text: 'May bursts pass, after silence?',
    yes: 'yes',
    no: 'no, so many in each window',
    decides: ['yes', 'token-bucket'],
  },
]

const otherwise = 'fixed-window'
const inDoubt = 'token-bucket'

/** The algorithm that the answers lead to, and how many questions it took; where they lead to none yet, what to take in doubt. */
export function chosenBy(answers: readonly (Answer | undefined)[]): { readonly id: string; readonly asked: number } {
  for (const [i, { decides }] of questions.entries()) {
    const answer = answers[i]
    if (answer === undefined) return { id: inDoubt, asked: i + 1 }
    if (answer === decides[0]) return { id: decides[1], asked: i + 1 }
  }
  return { id: otherwise, asked: questions.length }
}

/** Where another algorithm does not do what was asked for. */
export interface Objection {
  readonly algorithm: Algorithm
  readonly scenario: ScenarioName
  /** What it did there, from its numbers. */
  readonly text: string
  /** The settings with which the page shows it. */
  readonly settings: Settings
}

type Say = (other: Lane, chosen: Lane, window: string) => string

const most: Say = ({ worst, quota }, _, window) =>
  `let ${worst.units} into ${window}, where ${quota.limit} were allowed`
const soon: Say = (other, chosen) => {
  const { window } = initialSettings
  const within = window / 10
  return `let ${mostWithin(other, within)} go within ${durationText(within)}, ${chosen.algorithm.subject} ${mostWithin(chosen, within)}`
}
const waits: Say = ({ totals, longestDelayMs }) => `made ${totals.delayed} wait, up to ${durationText(longestDelayMs)}`
const tries: Say = (other, chosen) =>
  `took ${triesOf(other)} tries for each that got through, ${chosen.algorithm.subject} ${triesOf(chosen)}`
const admits: Say = ({ totals }, chosen) =>
  `let ${totals.admitted} through in the time in which the quota says ${chosen.totals.admitted}`
const refuses: Say = ({ totals }, chosen) =>
  `refused ${totals.refused}, ${chosen.algorithm.subject} ${chosen.totals.refused}`

/** By what was chosen: in which scenario each other algorithm fails, and how to say so. */
const objections: Readonly<Record<string, Readonly<Record<string, readonly [ScenarioName, Say]>>>> = {
  'leaky-bucket': {
    'fixed-window': ['boundary', most],
    'sliding-log': ['burst', soon],
    'token-bucket': ['burst', soon],
  },
  'sliding-log': {
    'fixed-window': ['boundary', most],
    'token-bucket': ['burst', most],
    'leaky-bucket': ['burst', waits],
  },
  'token-bucket': {
    'fixed-window': ['retry', tries],
    'sliding-log': ['retry', tries],
    'leaky-bucket': ['spike', waits],
  },
  'fixed-window': {
    'sliding-log': ['boundary', refuses],
    'token-bucket': ['steady', admits],
    'leaky-bucket': ['steady', waits],
  },
}

/** Where each other algorithm fails at what the chosen one does, found by comparing. */
export async function objectionsAgainstOthers(chosenId: string): Promise<readonly Objection[]> {
  const known = Object.entries(objections[chosenId] ?? {})
  return Promise.all(
    known.map(async ([id, [scenario, say]]) => {
      const settings = { ...initialSettings, scenario, requests: scenarios[scenario].requests }
      const { lanes } = await compare(settings)
      const [other, chosen] = [laneOf(lanes, id), laneOf(lanes, chosenId)]
      return { algorithm: other.algorithm, scenario, settings, text: say(other, chosen, durationText(settings.window)) }
    }),
  )
}

/** How many bytes a key takes at most, as the store in memory counts them: each request in a ms of its own. */
export function bytesPerKey(algorithm: Algorithm, quota: Quota): number {
  let now = start
  const store = memoryStore({ clock: () => now })
  const limiter = createLimiter({ name: 'measured', policy: algorithm.policy(quota), store })
  while (limiter.consumeSync('user:123').allowed && now < start + quota.limit) now += 1
  return store.bytes
}

/** An installed algorithm by its name. */
export function algorithmOf(id: string): Algorithm {
  const found = algorithms.find((one) => one.id === id)
  if (found === undefined) throw new Error(`Expected \`${id}\` to be installed`)
  return found
}

function laneOf(lanes: readonly Lane[], id: string): Lane {
  const found = lanes.find(({ algorithm }) => algorithm.id === id)
  if (found === undefined) throw new Error(`Expected a lane of \`${id}\``)
  return found
}

/** The most that went ahead within so many ms, wherever they start. */
function mostWithin({ decided }: Lane, length: number): number {
  const dates = decided
    .filter(({ decision }) => decision.allowed)
    .map(({ at, decision }) => at + decision.delayMs)
    .sort((a, b) => a - b)
  return Math.max(0, ...dates.map((from) => dates.filter((date) => date >= from && date < from + length).length))
}
