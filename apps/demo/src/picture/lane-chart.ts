import type { Lane } from '../comparison/compare.ts'
import { durationText } from '../comparison/duration-text.ts'
import { type Layout, type Rows, rowsOf, xOf } from './layout.ts'
import { marks, type Scale, turns } from './marks.ts'
import { element, label, short } from './svg.ts'

/** The inside of a lane's chart: the state as an area, each request as a mark, and a band where the most got through. */
export function laneChart(lane: Lane, layout: Layout, scale: Scale): string {
  const rows = rowsOf(layout.height)
  return [
    band(lane, layout, rows),
    boundaries(layout, rows),
    area(lane, layout, rows),
    element('line', { class: 'baseline', x1: 0, x2: layout.width, y1: rows.baseline, y2: rows.baseline }),
    marks(lane, layout, rows, scale),
    turns(lane, layout, rows),
    texts(lane, layout, rows),
  ].join('')
}

/** The chart in words, for those who do not see it. */
export function laneText({ algorithm, totals, worst, promised, longestDelayMs }: Lane, window: number): string {
  const within = durationText(window)
  const waits =
    totals.delayed > 0 ? `, ${totals.delayed} of them after a wait of up to ${durationText(longestDelayMs)}` : ''
  return (
    `${algorithm.name}: of ${totals.asked} requests ${totals.admitted} admitted${waits}, ${totals.refused} refused; ` +
    `at most ${worst.units} got through in any ${within}, ${promised.anyWindow} are promised.`
  )
}

/** The lines at multiples of the window. */
export function boundaries(layout: Layout, { top, bottom }: Pick<Rows, 'top' | 'bottom'>): string {
  const { duration, window } = layout
  return Array.from({ length: Math.floor(duration / window) + 1 }, (_, i) => {
    const x = xOf(i * window, layout)
    return element('line', { class: 'boundary', x1: x, x2: x, y1: top - 4, y2: bottom })
  }).join('')
}

function band({ worst, quota }: Lane, layout: Layout, { top, bottom }: Rows): string {
  if (worst.units === 0) return ''
  const [from, to] = bandEnds(worst.start, layout)
  const kind = worst.units > quota.limit ? 'band over' : 'band'
  return (
    element('rect', { class: kind, x: from, y: top - 8, width: to - from, height: bottom - top + 8 }) +
    element('path', { class: `${kind}-edge`, d: `M${short(from)} ${top - 4}v-4H${short(to)}v4` })
  )
}

function bandEnds(start: number, layout: Layout): [from: number, to: number] {
  return [xOf(start, layout), Math.min(layout.width, xOf(start + layout.window, layout))]
}

function area({ states, algorithm, quota }: Lane, layout: Layout, { top, baseline }: Rows): string {
  const full = algorithm.policy(quota).limit
  const heightOf = (remaining: number): number => (algorithm.area === 'waiting' ? full - remaining : remaining)
  const points = states.map(({ at, remaining }) => {
    const y = baseline - (heightOf(remaining) / Math.max(1, full)) * (baseline - top)
    return `${short(xOf(at, layout))} ${short(y)}`
  })
  const distinct = points.filter((point, i) => point !== points[i - 1])
  const d = `M${short(xOf(0, layout))} ${baseline}L${distinct.join('L')}V${baseline}Z`
  return element('path', { class: algorithm.area === 'waiting' ? 'area waiting' : 'area', d })
}

const room = 110

function texts({ worst, algorithm }: Lane, layout: Layout, { text: y }: Rows): string {
  const { width, window } = layout
  const [from, to] = bandEnds(worst.start, layout)
  const middle = Math.min(width - 50, Math.max(50, (from + to) / 2))
  const within = durationText(window)
  const areaText = algorithm.areaText(within)
  const isRight = middle < width - room - 60
  return (
    (worst.units === 0 ? '' : label('band-text', middle, y, `${worst.units} within ${within}`, 'middle')) +
    (isRight ? label('area-text', width - 2, y, `▒ ${areaText}`, 'end') : label('area-text', 2, y, `▒ ${areaText}`))
  )
}
