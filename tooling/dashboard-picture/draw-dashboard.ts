import type { Line } from './run-stack.ts'

/** One panel with its lines. */
export interface Drawn {
  readonly title: string
  readonly type: 'stat' | 'timeseries'
  readonly unit: string
  /** On the grid of Grafana, 24 columns wide. */
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly lines: readonly Line[]
  readonly isStacked: boolean
}

/** What the picture shows, in seconds since the epoch. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly step: number
  readonly outage: { readonly from: number; readonly to: number }
}

const cell = { width: 50, height: 25 }
const gap = 8
const colors = [
  '#3b6fb6',
  '#d9822b',
  '#3a9a5f',
  '#b8433f',
  '#7b5ea7',
  '#8a6d3b',
  '#c45f9a',
  '#5f6b7a',
  '#a3a52f',
  '#2f9fb0',
]

const style = `
svg { font: 12px system-ui, sans-serif; background: #fff; fill: #222 }
.panel { fill: #fff; stroke: #d5d9de }
.title { font-weight: 600 }
.axis, .legend { font-size: 10px; fill: #555 }
.grid { stroke: #eceff2 }
.outage { fill: #b8433f; opacity: .09 }
.value { font-size: 26px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  svg { background: #14171b; fill: #e6e6e6 }
  .panel { fill: #1b1f24; stroke: #343a42 }
  .axis, .legend { fill: #aab }
  .grid { stroke: #2a3037 }
  .outage { opacity: .22 }
}`

/** The dashboard as an SVG. */
export function drawDashboard(panels: readonly Drawn[], span: Span): string {
  const height = Math.max(...panels.map(({ place: { y, h } }) => y + h)) * cell.height
  const words = 'The dashboard of Sluice over four minutes; Redis was killed where it is shaded, and came back.'
  const body = panels.map((panel) => drawPanel(panel, span)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * cell.width} ${height}" role="img" aria-label="${words}">
<title>${words}</title>
<style>${style}</style>
${body}
</svg>
`
}

/** The inside of a panel, in its own coordinates. */
interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

function drawPanel(panel: Drawn, span: Span): string {
  const { x, y, w, h } = panel.place
  const [width, height] = [w * cell.width - gap, h * cell.height - gap]
  const inside = panel.type === 'stat' ? stat(panel, width, height) : chart(panel, span, width, height)
  return `<g transform="translate(${x * cell.width + gap / 2} ${y * cell.height + gap / 2})">
<rect class="panel" width="${width}" height="${height}" rx="3"/>
<text class="title" x="10" y="18">${escaped(panel.title)}</text>
${inside}</g>`
}

/** The number now, as Grafana shows it. */
function stat({ lines, unit }: Drawn, width: number, height: number): string {
  const last = lines[0]?.points.at(-1)?.[1]
  const text = last === undefined ? 'no data' : inUnit(last, unit)
  return `<text class="value" x="${width / 2}" y="${height / 2 + 20}" text-anchor="middle">${text}</text>\n`
}

function chart(panel: Drawn, span: Span, width: number, height: number): string {
  const rows = Math.ceil(panel.lines.length / legendColumns(width))
  const frame: Frame = { width, height, left: 52, top: 30, right: width - 10, bottom: height - 24 - 13 * rows }
  const stacked = panel.isStacked ? stack(panel.lines, span) : panel.lines
  const highest = niceCeiling(Math.max(...stacked.flatMap(({ points }) => points.map(([, value]) => value)), 0))
  const { from, to } = span.outage
  const [left, right] = [xOf(from, span, frame), xOf(to, span, frame)]
  const shade = `<rect class="outage" x="${short(left)}" y="${frame.top}" width="${short(right - left)}" height="${frame.bottom - frame.top}"/>`
  return [
    shade,
    axis(highest, panel.unit, span, frame),
    paths(panel, stacked, highest, span, frame),
    legend(panel, frame),
  ].join('\n')
}

function axis(highest: number, unit: string, span: Span, { left, right, top, bottom }: Frame): string {
  const ticks = [0, 0.5, 1].map((share) => {
    const y = bottom - share * (bottom - top)
    return `<path class="grid" d="M${left} ${short(y)}H${right}"/><text class="axis" x="${left - 5}" y="${short(y + 3)}" text-anchor="end">${inUnit(share * highest, unit)}</text>`
  })
  const minutes = Array.from({ length: Math.floor((span.end - span.start) / 60) + 1 }, (_, i) => {
    const x = left + ((60 * i) / (span.end - span.start)) * (right - left)
    return `<text class="axis" x="${short(x)}" y="${bottom + 12}" text-anchor="middle">${i} min</text>`
  })
  return [...ticks, ...minutes].join('')
}

function paths({ isStacked }: Drawn, lines: readonly Line[], highest: number, span: Span, frame: Frame): string {
  const yOf = (value: number): number => frame.bottom - (value / highest) * (frame.bottom - frame.top)
  const drawn = lines.map(({ points }, i) => {
    const color = colors[i % colors.length]
    const runs = unbroken(points, span.step).map((run) =>
      run.map(([at, value]) => `${short(xOf(at, span, frame))} ${short(yOf(value))}`).join('L'),
    )
    const line = `<path d="${runs.map((run) => `M${run}`).join('')}" fill="none" stroke="${color}" stroke-width="1.5"/>`
    if (!isStacked) return line
    const areas = unbroken(points, span.step).map((run, j) => {
      const [first, last] = [run[0] as readonly [number, number], run.at(-1) as readonly [number, number]]
      return `M${short(xOf(first[0], span, frame))} ${frame.bottom}L${runs[j]}L${short(xOf(last[0], span, frame))} ${frame.bottom}Z`
    })
    return `<path d="${areas.join('')}" fill="${color}" opacity=".18"/>${line}`
  })
  // What is stacked highest lies furthest back.
  return drawn.reverse().join('\n')
}

/** Each on top of those before it. */
function stack(lines: readonly Line[], { start, end, step }: Span): readonly Line[] {
  const sums = new Map<number, number>()
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step)
  return lines.map(({ name, points }) => {
    const own = new Map(points.map(([at, value]) => [at.toFixed(1), value]))
    return {
      name,
      points: times.map((at) => {
        const sum = (sums.get(at) ?? 0) + (own.get(at.toFixed(1)) ?? 0)
        sums.set(at, sum)
        return [at, sum] as const
      }),
    }
  })
}

function unbroken(points: Line['points'], step: number): readonly (readonly (readonly [number, number])[])[] {
  const runs: (readonly [number, number])[][] = []
  let before = Number.NEGATIVE_INFINITY
  for (const point of points) {
    if (point[0] - before > 1.5 * step) runs.push([])
    runs.at(-1)?.push(point)
    before = point[0]
  }
  return runs
}

function legendColumns(width: number): number {
  return Math.max(1, Math.floor((width - 20) / 190))
}

function legend({ lines }: Drawn, { width, height }: Frame): string {
  const columns = legendColumns(width)
  const rows = Math.ceil(lines.length / columns)
  return lines
    .map(({ name }, i) => {
      const [x, y] = [12 + (i % columns) * 190, height - 6 - 13 * (rows - 1 - Math.floor(i / columns))]
      return `<rect x="${x}" y="${y - 6}" width="9" height="3" fill="${colors[i % colors.length]}"/><text class="legend" x="${x + 13}" y="${y}">${escaped(name)}</text>`
    })
    .join('')
}

function xOf(at: number, { start, end }: Span, { left, right }: Frame): number {
  return left + ((at - start) / (end - start)) * (right - left)
}

/** The next of 1, 2, 5 times a power of ten. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => value <= step * power) ?? 10) * power
}

function inUnit(value: number, unit: string): string {
  if (unit === 'percentunit') return `${rounded(100 * value)} %`
  if (unit === 's') return value > 0 && value < 1 ? `${rounded(1000 * value)} ms` : `${rounded(value)} s`
  return unit === 'reqps' || unit === 'ops' ? `${rounded(value)}/s` : rounded(value)
}

function rounded(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

function short(value: number): string {
  return `${Math.round(10 * value) / 10}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
