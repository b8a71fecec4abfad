import type { CheckResult } from '../src/check-on-store.ts'
import { writeLink } from '../src/comparison/link.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { byId } from './by-id.ts'
import { comparisons } from './comparisons.js'
import { loadComparison } from './load-comparison.js'

interface Checked {
  readonly result: CheckResult
  readonly limitMs: number
}

/** The button that sends the same arrivals through Redis, where the server has one, and says whether the answers are equal. */
export function redisCheck(): { settingsAre(settings: Settings): void } {
  const button = byId<HTMLButtonElement>('check')
  const bar = byId<HTMLProgressElement>('check-progress')
  const status = byId('status')
  let query = ''
  let isOn = false
  button.hidden = document.documentElement.dataset.store === 'memory'

  const progress = (decided: number, outOf: number): void => {
    if (!isOn) return
    Object.assign(bar, { hidden: false, value: decided, max: outOf })
    byId('check-count').textContent = `${count(decided)} of ${count(outOf)} decisions`
  }
  const say = (text: string): void => {
    bar.hidden = true
    byId('check-count').textContent = ''
    status.textContent = text
  }
  const { ask, stop } = comparisons({
    load: loadComparison('check', progress),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    screen: {
      working: () => say('Redis is deciding…'),
      result: ({ result, limitMs }: Checked, _, isNewest) => {
        if (isNewest) say(checkText(result, limitMs))
      },
      problem: (problem, isRetrying) => say(isRetrying ? `${problem} Trying again until it answers.` : problem),
    },
  })

  button.addEventListener('click', () => {
    isOn = !isOn
    button.textContent = isOn ? 'Stop asking Redis' : 'Run on Redis too'
    if (isOn) return ask(query)
    stop()
    say('Redis is asked no more.')
  })
  return {
    settingsAre(settings) {
      const next = writeLink(settings).slice(1)
      if (next === query) return
      query = next
      if (isOn) ask(query)
    },
  }
}

function checkText({ decisions, outOf, server, differences, first }: CheckResult, limitMs: number): string {
  const cut = outOf === undefined ? '' : `, of ${count(outOf)}, in the ${limitMs / 1000} s that it is given`
  const what = `${count(decisions)} decisions on ${server}${cut}`
  return first === undefined
    ? `${what}: 0 differences.`
    : `${what}: ${count(differences)} differences. The first: ${first}`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
