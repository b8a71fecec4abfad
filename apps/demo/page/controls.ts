import type { Traffic } from '@sluice/simulation'
import { impossibility } from '../src/comparison/algorithms.ts'
import { type Drawing, drawingOf, drawnRequests } from '../src/comparison/drawing.ts'
import { durationCode, durationText } from '../src/comparison/duration-text.ts'
import { problemOf } from '../src/comparison/link.ts'
import { scenarioNames, scenarios } from '../src/comparison/scenarios.ts'
import { type Settings, type TrafficName, windows } from '../src/comparison/settings.ts'
import { byId } from './by-id.ts'
import { draggable } from './draggable.ts'

interface ControlsOptions {
  readonly settings: Settings
  /** The traffic that is shown: what drawing begins with. */
  readonly traffic: () => Traffic | undefined
  readonly onChange: (settings: Settings) => void
}

const numbers = ['requests', 'limit', 'burst'] as const

/** The sentence with its numbers, the switch and the scenarios. A value that is not allowed is named and changes nothing. */
export function controls({ settings, traffic, onChange }: ControlsOptions): { show(settings: Settings): void } {
  const form = byId<HTMLFormElement>('sentence')
  let present = settings
  const change = (changed: Partial<Settings>): void => {
    present = { ...present, ...changed }
    onChange(present)
  }

  fillWindows(field(form, 'window'))
  const choose = (scenario: TrafficName): void => {
    if (scenario !== 'drawn') change({ scenario, requests: scenarios[scenario].requests, drawing: [] })
    else change(asDrawing(present, traffic()))
  }
  const buttons = trafficButtons(choose)
  byId('scenarios').append(clearButton(() => change({ drawing: [], requests: 0 })))
  for (const name of numbers) draggable(field(form, name))
  form.addEventListener('submit', (event) => event.preventDefault())
  // The switch belongs to the form, but lies elsewhere on the page.
  document.addEventListener('input', ({ target }) => {
    if ((target as HTMLInputElement).form !== form) return
    const problems = numbers.flatMap((name) => (field(form, name).readOnly ? [] : (problemIn(form, name) ?? [])))
    const asked = { ...present, ...readForm(form) }
    if (problems.length === 0) problems.push(...[impossibility(asked, asked.by) ?? []].flat())
    byId('problem').hidden = problems.length === 0
    byId('problem').textContent = problems.join('; ')
    if (problems.length === 0) change(asked)
  })

  return {
    show(shown) {
      present = shown
      // What is drawn is counted, so the number of requests is no control then.
      field(form, 'requests').readOnly = shown.scenario === 'drawn'
      showValues(form, shown)
      for (const [name, button] of buttons) showChoice(button, name === shown.scenario)
      byId('sharing').hidden = shown.scenario !== 'greedy'
    },
  }
}

function showChoice(button: HTMLButtonElement, isChosen: boolean): void {
  if (isChosen && button.ariaPressed !== 'true') scrollTo(button)
  button.ariaPressed = String(isChosen)
}

/** Brings a scenario into view. `scrollIntoView` would also make the next Tab go on from there. */
function scrollTo(button: HTMLButtonElement): void {
  const row = byId('scenarios')
  const left = button.offsetLeft - row.offsetLeft
  const isSeen = left >= row.scrollLeft && left + button.offsetWidth <= row.scrollLeft + row.clientWidth
  if (!isSeen) row.scrollLeft = left
}

function readForm(form: HTMLFormElement): Partial<Settings> {
  const value = (name: string): string => field(form, name).value
  const window = windows.find((ms) => durationCode(ms) === value('window'))
  return {
    requests: Number(value('requests')),
    limit: Number(value('limit')),
    burst: Number(value('burst')),
    by: value('by') === 'promise' ? 'promise' : 'limit',
    keys: value('keys') === 'all' ? 'all' : 'each',
    ...(window !== undefined && { window }),
  }
}

function showValues(form: HTMLFormElement, { requests, limit, window, burst, by, keys }: Settings): void {
  const values = { requests, limit, window: durationCode(window), burst, by, keys }
  for (const [name, value] of Object.entries(values)) {
    // Text that spells the same number stays: whoever is typing has the cursor in it.
    if (field(form, name).value !== String(value)) field(form, name).value = String(value)
  }
}

function problemIn(form: HTMLFormElement, name: (typeof numbers)[number]): string | undefined {
  const input = field(form, name)
  const problem = problemOf(name, input.value)
  input.ariaInvalid = String(problem !== undefined)
  return problem
}

function fillWindows(select: HTMLInputElement): void {
  const options = windows.map((ms) => {
    const option = document.createElement('option')
    option.value = durationCode(ms)
    option.textContent = durationText(ms)
    return option
  })
  select.append(...options)
}

function trafficButtons(onChoose: (name: TrafficName) => void): Map<TrafficName, HTMLButtonElement> {
  const buttons = new Map<TrafficName, HTMLButtonElement>()
  for (const name of [...scenarioNames, 'drawn'] as const) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = name === 'drawn' ? '✎ draw' : scenarios[name].title
    button.className = name
    button.addEventListener('click', () => onChoose(name))
    buttons.set(name, button)
  }
  byId('scenarios').append(...buttons.values())
  return buttons
}

/** Shown only while something is drawn. */
function clearButton(onClear: () => void): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.id = 'clear-drawing'
  button.textContent = '✕'
  button.ariaLabel = 'Clear the drawing'
  button.title = 'Clear the drawing'
  button.addEventListener('click', onClear)
  return button
}

/** Drawing goes on from the traffic that is shown. */
function asDrawing({ drawing: present, scenario, window }: Settings, traffic: Traffic | undefined): Partial<Settings> {
  const isDrawn = scenario === 'drawn' || traffic === undefined
  const drawing: Drawing = isDrawn ? present : drawingOf(traffic, window)
  return { scenario: 'drawn', drawing, requests: drawnRequests(drawing) }
}

/** An input, a select or a group of radio buttons: all have a value. */
function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as unknown as HTMLInputElement
}
