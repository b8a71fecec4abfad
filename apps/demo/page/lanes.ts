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

/** Draws every lane, at the width that it has on the screen. */
export function drawLanes({ lanes, traffic, settings }: Comparison, present: Settings, head: Playhead): void {
  const all = byId('lanes')
  if (all.childElementCount !== lanes.length) all.replaceChildren(...lanes.map((lane) => makeLane(lane, head)))
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

/** Shows in every lane what happened last at a time, in ms from the start. */
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

function makeLane({ algorithm }: Lane, head: Playhead): HTMLElement {
  const place = document.createElement('article')
  place.className = 'lane'
  place.innerHTML = `<div class="names"><h2>${algorithm.name}</h2><p class="promised"></p><p class="moment"></p>
    <button class="code" type="button"></button></div>
    <div class="chart"><svg role="img"></svg><div class="head"></div></div><dl></dl>`
  const chart = part(place, '.chart')
  chart.addEventListener('pointermove', (event) => head.point(chart, event.clientX))
  chart.addEventListener('pointerdown', (event) => head.point(chart, event.clientX))
  return place
}

function showNumbers(place: HTMLElement, lane: Lane, { window }: Settings): void {
  const { algorithm, quota, promised, totals, worst, longestDelayMs } = lane
  const within = durationText(window)
  const code = algorithm.code(quota)
  part(place, '.promised').innerHTML =
    `at once <b>${promised.atOnce}</b> · long run <b>${promised.longRun}</b> · any ${within} ≤ <b>${promised.anyWindow}</b>`
  part(place, '.code').textContent = code
  part(place, '.code').ariaLabel = `Copy ${code} as a program`
  // Above the limit a colour, above the promise a warning: that would be a fault of the algorithm.
  const level = worst.units > promised.anyWindow ? 'broken' : worst.units > quota.limit ? 'over' : ''
  const warning = level === 'broken' ? ' ▲ more than promised' : ''
  part(place, 'dl').innerHTML = `
    <div><dt>admitted</dt> <dd><b>${totals.admitted}</b> of ${totals.asked}</dd></div>
    <div class="${level}"><dt>most <span class="wide">in</span> any ${within}</dt> <dd><b>${worst.units}</b> ${level === 'broken' ? '>' : '≤'} ${promised.anyWindow}${warning}</dd>
    ${promiseBar(worst.units, quota.limit, promised.anyWindow)}</div>
    <div><dt><span class="wide">longest</span> wait</dt> <dd><b>${longestDelayMs === 0 ? 'none' : durationText(longestDelayMs)}</b></dd></div>`
}

function part<Kind extends Element = HTMLElement>(place: Element, selector: string): Kind {
  const found = place.querySelector(selector)
  if (found === null) throw new Error(`Expected a lane to have ${selector}`)
  return found as unknown as Kind
}
