import type { Decided } from '@sluice/simulation'
import type { Lane } from '../comparison/compare.ts'
import { type Layout, type Rows, xOf } from './layout.ts'
import { element, short } from './svg.ts'

/** How many requests of each outcome share one column of a chart. */
interface Column {
  admitted: number
  waiting: number
  refused: number
}

/** How tall one request is drawn, the same in every lane and in both directions; and whether as a dot or as part of a bar. */
export interface Scale {
  readonly unit: number
  readonly as: 'dots' | 'bars'
}

const columnWidth = 5
const mostDots = 1500
const leastDot = 2.2

/** The scale at which the marks of all lanes fit. */
export function scaleOf(lanes: readonly Lane[], layout: Layout, { top, baseline, bottom }: Rows): Scale {
  let unit = columnWidth
  for (const { decided } of lanes) {
    for (const { admitted, waiting, refused } of columnsOf(decided, layout).values()) {
      unit = Math.min(
        unit,
        (baseline - top) / Math.max(1, admitted + waiting),
        (bottom - baseline - 3) / Math.max(1, refused),
      )
    }
  }
  const isMany = lanes.some(({ decided }) => decided.length > mostDots)
  return { unit, as: isMany || unit < leastDot ? 'bars' : 'dots' }
}

/** The requests of a lane: the admitted stacked above the baseline, the refused below. */
export function marks(lane: Lane, layout: Layout, rows: Rows, scale: Scale): string {
  const columns = columnsOf(lane.decided, layout)
  const draw = scale.as === 'dots' ? dots : bars
  return [...columns].map(([column, counts]) => draw(column * columnWidth, counts, rows, scale.unit)).join('')
}

/** The traffic, one grey dot or bar for each request that came, retries left aside. */
export function trafficMarks(arrivals: readonly { readonly at: number }[], layout: Layout): string {
  const counts = new Map<number, number>()
  for (const { at } of arrivals) count(counts, columnOf(at, layout))
  const base = layout.height - 1
  const unit = Math.min(columnWidth, (base - 1) / Math.max(1, ...counts.values()))
  const isDots = arrivals.length <= mostDots && unit >= leastDot
  return [...counts]
    .map(([column, requests]) =>
      isDots
        ? circles('arrival', column * columnWidth, requests, (i) => base - (i + 0.5) * unit, unit)
        : bar('arrival', column * columnWidth, base - requests * unit, requests * unit),
    )
    .join('')
}

/** When each of those that wait has its turn. */
export function turns({ decided }: Lane, layout: Layout, { turns: y }: Rows): string {
  const columns = new Set<number>()
  for (const { at, decision } of decided) {
    const turn = at + decision.delayMs
    if (decision.allowed && decision.delayMs > 0 && turn <= layout.duration) columns.add(Math.round(xOf(turn, layout)))
  }
  return [...columns].map((x) => element('circle', { class: 'turn', cx: x, cy: y, r: 1.7 })).join('')
}

function columnsOf(decided: readonly Decided[], layout: Layout): Map<number, Column> {
  const columns = new Map<number, Column>()
  for (const { at, decision } of decided) {
    const index = columnOf(at, layout)
    const column = columns.get(index) ?? { admitted: 0, waiting: 0, refused: 0 }
    columns.set(index, column)
    if (!decision.allowed) column.refused += 1
    else if (decision.delayMs > 0) column.waiting += 1
    else column.admitted += 1
  }
  return columns
}

function dots(x: number, { admitted, waiting, refused }: Column, { baseline }: Rows, unit: number): string {
  const up = (i: number): number => baseline - 1 - (i + 0.5) * unit
  const down = (i: number): number => baseline + 2.5 + (i + 0.5) * unit
  const crosses = Array.from({ length: refused }, (_, i) => cross(x, down(i), unit * 0.38)).join('')
  return (
    circles('admitted', x, admitted, up, unit) +
    circles('waits', x, waiting, (i) => up(admitted + i), unit * 0.9) +
    (crosses === '' ? '' : element('path', { class: 'refused', d: crosses }))
  )
}

function bars(x: number, { admitted, waiting, refused }: Column, { baseline }: Rows, unit: number): string {
  const [now, later, down] = [admitted * unit, waiting * unit, refused * unit]
  return (
    (now > 0 ? bar('admitted', x, baseline - now, now) : '') +
    (later > 0 ? bar('waits', x, baseline - now - later, later) : '') +
    (down > 0 ? bar('refused-bar', x, baseline + 1, down) : '')
  )
}

function circles(kind: string, x: number, requests: number, y: (i: number) => number, unit: number): string {
  return Array.from({ length: requests }, (_, i) =>
    element('circle', { class: kind, cx: x, cy: y(i), r: unit * 0.44 }),
  ).join('')
}

function bar(kind: string, x: number, y: number, height: number): string {
  return element('rect', { class: kind, x: x - columnWidth / 2 + 0.5, y, width: columnWidth - 1, height })
}

function cross(x: number, y: number, arm: number): string {
  const b = short(2 * arm)
  return `M${short(x - arm)} ${short(y - arm)}l${b} ${b}M${short(x + arm)} ${short(y - arm)}l-${b} ${b}`
}

function columnOf(at: number, layout: Layout): number {
  return Math.round(xOf(at, layout) / columnWidth)
}

function count(counts: Map<number, number>, index: number): void {
  counts.set(index, (counts.get(index) ?? 0) + 1)
}
