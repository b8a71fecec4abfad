import { curveAt } from '@sluice/simulation'
import type { LogCurves } from '../log/log-curves.ts'
import { margin } from './layout.ts'
import { element, label, short } from './svg.ts'

const stepsOfAxis = 120
const shownAtLeast = 10

/** The limits along the axis, each a step: from 1 on, further apart the larger they are, to one that refuses as few as any. */
export function limitSteps({ curves }: LogCurves): readonly number[] {
  const largest = Math.max(shownAtLeast, ...curves.map(({ curve }) => curve.points.at(-1)?.limit ?? 1))
  const steps = new Set<number>()
  for (let i = 0; i <= stepsOfAxis; i += 1) steps.add(Math.round(largest ** (i / stepsOfAxis)))
  return [...steps]
}

/** Where a limit lies among the steps, from 0 on; between two of them in proportion, and beyond the last at it. */
export function stepOf(limit: number, steps: readonly number[]): number {
  const next = steps.findIndex((step) => step >= limit)
  if (next === -1) return steps.length - 1
  const [below = limit, above = limit] = [steps[next - 1], steps[next]]
  return next - (above === below ? 0 : (above - limit) / (above - below))
}

/** How many clients each algorithm refuses, over the limit; a line through all of them at one limit. */
export function curveChart(
  curves: LogCurves,
  steps: readonly number[],
  limit: number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const clients = curves.curves[0]?.curve.clients ?? 0
  const [top, bottom] = [16, height - 18]
  const xOf = (step: number): number => margin + (step / (steps.length - 1)) * (width - 2 * margin)
  // One client must be seen beside thousands.
  const yOf = (refused: number): number => bottom - (Math.log1p(refused) / Math.log1p(clients)) * (bottom - top)
  const at = xOf(stepOf(limit, steps))
  const lines = curves.curves.map(({ curve }, i) => {
    const points = steps.map((step, x) => `${short(xOf(x))} ${short(yOf(curveAt(curve, step).clientsRefused))}`)
    return element('path', { class: `curve line-${i}`, d: `M${points.join('L')}` })
  })
  const dots = curves.curves.map(({ curve }, i) =>
    element('circle', { class: `dot line-${i}`, cx: at, cy: yOf(curveAt(curve, limit).clientsRefused), r: 3.5 }),
  )
  return [
    ...heights(clients).map((refused) => rule(width, yOf(refused), refused)),
    ...ticks(steps, xOf).map(([step, x]) => label('tick', x, height - 4, step.toLocaleString('en-US'), 'middle')),
    ...lines,
    element('line', { class: 'crosshair', x1: at, x2: at, y1: top - 8, y2: bottom }),
    ...dots,
  ].join('')
}

/** A key to the line of the i-th algorithm. */
export function lineKey(i: number): string {
  const line = element('path', { class: `curve line-${i}`, d: 'M0 5H26' })
  return element('svg', { class: 'key', viewBox: '0 0 26 10', 'aria-hidden': 'true' }, line)
}

function rule(width: number, y: number, refused: number): string {
  const text = refused === 1 ? '1 client' : refused.toLocaleString('en-US')
  return (
    element('line', { class: 'boundary', x1: margin, x2: width - margin, y1: y, y2: y }) +
    label('tick', width - margin, y - 3, text, 'end')
  )
}

function heights(clients: number): number[] {
  const heights = [0]
  for (let refused = 1; refused <= clients; refused *= 10) heights.push(refused)
  return heights
}

const tickRoom = 24

/** The limits that are written below the axis: as many round ones as have room. */
function ticks(steps: readonly number[], xOf: (step: number) => number): (readonly [limit: number, x: number])[] {
  const largest = steps.at(-1) ?? 1
  const found: (readonly [number, number])[] = []
  for (let power = 1; power <= largest; power *= 10) {
    for (const limit of [power, 2 * power, 5 * power]) {
      const x = xOf(stepOf(limit, steps))
      if (limit <= largest && x - (found.at(-1)?.[1] ?? -tickRoom) >= tickRoom) found.push([limit, x])
    }
  }
  return found
}
