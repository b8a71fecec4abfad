import type { Comparison, Lane } from '../comparison/compare.ts'
import { numberWord } from '../comparison/counted.ts'
import { durationText } from '../comparison/duration-text.ts'
import { verdict } from '../comparison/verdict.ts'
import { wrapped } from '../comparison/wrapped.ts'
import { laneChart } from './lane-chart.ts'
import { type Layout, rowsOf } from './layout.ts'
import { scaleOf, trafficMarks } from './marks.ts'
import { chartStyle, hatch, palettes } from './style.ts'
import { element, escaped, label } from './svg.ts'

/** How many characters of the sentence fit beside each other. */
const mostInLine = 125

const size = { width: 960, names: 170, chart: 620, lane: 104, traffic: 34, header: 72 } as const

const pictureStyle = `
.ground { fill: var(--ground); } .panel { fill: var(--panel); stroke: var(--rule); } .rule { stroke: var(--rule); }
svg .title { font-size: 17px; font-weight: 650; fill: var(--ink); } svg .lead { font-size: 13px; fill: var(--muted); }
svg .name { font-size: 14px; font-weight: 650; fill: var(--ink); } svg .figure { font-size: 12px; fill: var(--ink); }
svg .figure.over { fill: var(--over); font-weight: 650; }
`

/** A picture for links to the page, in the shape and the size in which they are shown. */
const previewSize = { width: 1200, height: 630 } as const

/**
 * The comparison as one SVG that needs nothing else: the traffic, the open lanes and their numbers. It is light or dark as the
 * reader has it, unless it is made for one of them.
 */
export function picture(comparison: Comparison, scheme: keyof typeof palettes = 'both'): string {
  const { settings, traffic, lanes } = comparison
  const { duration, window } = { duration: traffic.duration, window: settings.window }
  const layout: Layout = { width: size.chart, height: size.lane, duration, window }
  const scale = scaleOf(lanes, layout, rowsOf(size.lane))
  const top = size.header + size.traffic + 6
  const height = top + lanes.length * size.lane + 12
  const [lead, sentence] = summary(comparison)
  const content = [
    `<style>${palettes[scheme]}${chartStyle}${pictureStyle}</style><defs>${hatch}</defs>`,
    element('rect', { class: 'ground', width: size.width, height }),
    label('title', 16, 26, `What gets through? ${lead}`),
    ...wrapped(sentence, mostInLine).map((line, i) => label('lead', 16, 46 + i * 17, line)),
    label('lead', 16, size.header + size.traffic - 4, 'traffic'),
    moved(size.names, size.header, trafficMarks(traffic.arrivals, { ...layout, height: size.traffic })),
    element('rect', {
      class: 'panel',
      x: 8,
      y: top,
      width: size.width - 16,
      height: lanes.length * size.lane + 4,
      rx: 8,
    }),
    ...lanes.map((lane, i) => laneRow(lane, top + i * size.lane, i, laneChart(lane, layout, scale), window)),
  ].join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img">${titleOf(comparison)}${content}</svg>\n`
}

/** What the picture shows, in two sentences: the settings, then what came of them. */
function summary(comparison: Comparison): readonly [lead: string, sentence: string] {
  const { settings, lanes } = comparison
  const sentence = verdict(comparison)
    .map(({ text }) => text)
    .join('')
  const times = `${numberWord(lanes.length)} times`
  return [
    `${settings.requests} requests meet ${settings.limit} per ${durationText(settings.window)}, ${times}.`,
    sentence,
  ]
}

function titleOf(comparison: Comparison): string {
  return `<title>${escaped(summary(comparison).join(' '))}</title>`
}

/** The picture within 1200 × 630, for previews of links, which know no scheme of the reader. */
export function preview(comparison: Comparison, scheme: 'light' | 'dark'): string {
  const { width, height } = previewSize
  const inner = picture(comparison, scheme).replace('<svg ', `<svg width="${width}" height="${height}" `)
  const ground = element('rect', { class: 'ground', width, height })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">${titleOf(comparison)}${ground}${inner.trim()}</svg>\n`
}

function laneRow(lane: Lane, y: number, index: number, chart: string, window: number): string {
  const { algorithm, totals, worst, quota, promised, longestDelayMs } = lane
  const x = size.names + size.chart + 14
  const within = durationText(window)
  return [
    index === 0 ? '' : element('line', { class: 'rule', x1: 8, x2: size.width - 8, y1: y, y2: y }),
    label('name', 18, y + 26, algorithm.name),
    label('note', 18, y + 44, `at once ${promised.atOnce} · long run ${promised.longRun}`),
    label('note', 18, y + 58, `any ${within} ≤ ${promised.anyWindow}`),
    moved(size.names, y, chart),
    label('figure', x, y + 30, `admitted ${totals.admitted} of ${totals.asked}`),
    label(worst.units > quota.limit ? 'figure over' : 'figure', x, y + 52, `most in any ${within}: ${worst.units}`),
    label('figure', x, y + 74, `longest wait: ${longestDelayMs === 0 ? 'none' : durationText(longestDelayMs)}`),
  ].join('')
}

function moved(x: number, y: number, content: string): string {
  return element('g', { transform: `translate(${x} ${y})` }, content)
}
