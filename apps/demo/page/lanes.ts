import type { Comparison, Lane } from '../src/comparison/compare.ts'
import { durationText } from '../src/comparison/duration-text.ts'
import { momentAt } from '../src/comparison/moment.ts'
import { programOf } from '../src/comparison/program.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { laneChart, laneText } from '../src/picture/lane-chart.ts'
import { type Layout, margin, rowsOf } from '../src/picture/layout.ts'
import { scaleOf } from '../src/picture/marks.ts'
import { promiseBar } from '../src/picture/promise-bar.ts'
import { escaped } from '../src/picture/svg.ts'
import { byId } from './by-id.ts'
import type { Playhead } from './playhead.ts'
import { offerCopy } from './take-home.ts'

interface DrawLanesOptions {
  readonly comparison: Comparison
  /** The settings as they are now; the comparison may still be of older ones. */
  readonly present: Settings
  readonly head: Playhead
  /** Called with the algorithm whose lane is to be opened, or folded again. */
  readonly onFold: (id: string) => void
}

/** Draws every open lane, at the width that it has on the screen, and further down a line for each of the others. */
export function drawLanes({ comparison, present, head, onFold }: DrawLanesOptions): void {
  const { lanes, folded, traffic, settings } = comparison
  const all = byId('lanes')
  const lines = byId('folded')
  const made = [...lanes, ...folded].map(({ algorithm }, i) => `${algorithm.id} ${i < lanes.length}`).join()
  if (all.dataset.made !== made) {
    all.dataset.made = made
    all.replaceChildren(...lanes.map((lane) => makeLane(lane, head, onFold)))
    lines.replaceChildren(...folded.map((lane) => makeLine(lane, onFold)))
    lines.hidden = folded.length === 0
  }
  for (const [i, lane] of folded.entries()) showLine(lines.children[i] as HTMLElement, lane, settings)
  const chart = part(all, '.chart svg')
  const { width, height } = chart.getBoundingClientRect()
  const layout: Layout = { width, height, duration: traffic.duration, window: settings.window }
  const scale = scaleOf(lanes, layout, rowsOf(height))
  for (const [i, lane] of lanes.entries()) {
    const place = all.children[i] as HTMLElement
    const svg = part(place, '.chart svg')
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
    svg.innerHTML = laneChart(lane, layout, scale)
    svg.ariaLabel = laneText(lane, settings.window)
    showNumbers(place, lane, settings)
    part<HTMLButtonElement>(place, '.code').onclick = () =>
      offerCopy(`The program with ${lane.algorithm.subject}`, programOf(lane.algorithm, present))
  }
}

/** Gives the focus to what opens or folds a lane: it has just been made anew. */
export function focusFold(id: string): void {
  document.querySelector<HTMLButtonElement>(`[data-fold="${id}"]`)?.focus()
}

/** Shows in every open lane what happened last at a time, in ms from the start. */
export function showMoment({ lanes, traffic }: Comparison, at: number): void {
  for (const [i, lane] of lanes.entries()) {
    const place = byId('lanes').children[i]
    if (place === undefined) continue
    const { outcome, reason } = momentAt(lane, at)
    part(place, '.moment').innerHTML =
      outcome === 'nothing' ? reason : `<b class="${outcome}">${outcome}</b>: ${escaped(reason)}`
    part(place, '.head').style.left = `calc(${margin}px + (100% - ${2 * margin}px) * ${at / traffic.duration})`
  }
}

function makeLane({ algorithm }: Lane, head: Playhead, onFold: (id: string) => void): HTMLElement {
  const place = document.createElement('article')
  place.className = 'lane'
  const { id, name, isOpenAtFirst } = algorithm
  const title = isOpenAtFirst
    ? name
    : `<button type="button" data-fold="${id}" aria-expanded="true">${escaped(name)}</button>`
  place.innerHTML = `<div class="names"><h2>${title}</h2><p class="promised"></p><p class="moment"></p>
    <button class="code" type="button"></button></div>
    <div class="chart"><svg role="img"></svg><div class="head"></div></div><dl></dl>`
  const chart = part(place, '.chart')
  chart.addEventListener('pointermove', (event) => head.point(chart, event.clientX))
  chart.addEventListener('pointerdown', (event) => head.point(chart, event.clientX))
  place.querySelector('[data-fold]')?.addEventListener('click', () => onFold(id))
  return place
}

/** A lane that is folded: its name opens it, and its figures are there. */
function makeLine({ algorithm: { id, name } }: Lane, onFold: (id: string) => void): HTMLElement {
  const place = document.createElement('article')
  place.className = 'line'
  place.innerHTML = `<h2><button type="button" data-fold="${id}" aria-expanded="false">${escaped(name)}</button></h2><p></p>`
  part(place, 'button').addEventListener('click', () => onFold(id))
  return place
}

function showLine(place: HTMLElement, { totals, worst, longestDelayMs }: Lane, { window }: Settings): void {
  part(place, 'p').innerHTML =
    `admitted <b>${totals.admitted}</b> of ${totals.asked} · most in any ${durationText(window)} <b>${worst.units}</b>` +
    ` · longest wait <b>${longestDelayMs === 0 ? 'none' : durationText(longestDelayMs)}</b>`
}

/** How many characters the line of promises may have before it must be set smaller. */
const mostInPromise = 42

function showNumbers(place: HTMLElement, lane: Lane, { window }: Settings): void {
  const { algorithm, quota, promised, totals, worst, longestDelayMs } = lane
  const within = durationText(window)
  const code = algorithm.code(quota)
  const promise = part(place, '.promised')
  promise.innerHTML =
    `at once <b>${promised.atOnce}</b> · long run <b>${promised.longRun}</b>` +
    ` · any ${within} ${promised.isTried ? '' : '≤ '}<b>${promised.anyWindow}</b>${promised.isTried ? ', tried' : ''}`
  promise.classList.toggle('tight', (promise.textContent?.length ?? 0) > mostInPromise)
  part(place, '.code').textContent = code
  part(place, '.code').ariaLabel = `Copy ${code} as a program`
  // Above the limit a colour, above the promise a warning: that would be a fault of the algorithm.
  const isBroken = !promised.isTried && worst.units > promised.anyWindow
  const level = isBroken ? 'broken' : worst.units > quota.limit ? 'over' : ''
  const bound = promised.isTried ? '' : `<span class="wide">${isBroken ? '>' : '≤'} ${promised.anyWindow}</span>`
  const warning = isBroken ? ' ▲ more than promised' : ''
  part(place, 'dl').innerHTML = `
    <div><dt>admitted</dt> <dd><b>${totals.admitted}</b> of ${totals.asked}</dd></div>
    <div class="${level}"><dt>most <span class="wide">in</span> any ${within}</dt> <dd><b>${worst.units}</b> ${bound}${warning}</dd>
    ${promiseBar(worst.units, quota.limit, promised.anyWindow)}</div>
    <div><dt><span class="wide">longest</span> wait</dt> <dd><b>${longestDelayMs === 0 ? 'none' : durationText(longestDelayMs)}</b></dd></div>`
}

function part<Kind extends Element = HTMLElement>(place: Element, selector: string): Kind {
  const found = place.querySelector(selector)
  if (found === null) throw new Error(`Expected a lane to have ${selector}`)
  return found as unknown as Kind
}
