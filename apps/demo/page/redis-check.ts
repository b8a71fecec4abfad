import type { CheckResult } from '../src/check-on-store.ts'
import { writeLink } from '../src/comparison/link.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { byId } from './by-id.ts'
import { comparisons } from './comparisons.js'
import { loadComparison } from './load-comparison.js'

/** The button that sends the same arrivals through Redis, where the server has one, and says whether the answers are equal. */
export function redisCheck(): { settingsAre(settings: Settings): void } {
  const button = byId<HTMLButtonElement>('check')
  const status = byId('status')
  let query = ''
  let isOn = false
  button.hidden = document.documentElement.dataset.store === 'memory'

  const { ask } = comparisons({
    load: loadComparison('check'),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    screen: {
      working: () => {
        status.textContent = 'Redis is deciding…'
      },
      result: (result: CheckResult, _, isNewest) => {
        if (isOn && isNewest) status.textContent = checkText(result)
      },
      problem: (problem, isRetrying) => {
        if (isOn) status.textContent = isRetrying ? `${problem} Trying again until it answers.` : problem
      },
    },
  })

  button.addEventListener('click', () => {
    isOn = !isOn
    button.ariaPressed = String(isOn)
    if (isOn) ask(query)
    else status.textContent = 'Redis is asked no more.'
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

function checkText({ decisions, server, differences, first }: CheckResult): string {
  const what = `${decisions.toLocaleString('en-US')} decisions on ${server}`
  return first === undefined ? `${what}: 0 differences.` : `${what}: ${differences} differences. The first: ${first}`
}
