import { element } from './svg.ts'

const width = 100

/** How much got through, as a bar with two ticks: the limit, and the most that is promised. */
export function promiseBar(units: number, limit: number, promised: number): string {
  const most = Math.max(units, promised, limit)
  const along = (value: number): number => (value / most) * width
  const tick = (value: number): string =>
    element('rect', { class: 'tick', x: Math.min(width - 1, along(value) - 0.5), y: 0, width: 1, height: 7 })
  return element(
    'svg',
    { class: 'bar', viewBox: `0 0 ${width} 7`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    element('rect', { y: 2, width, height: 3 }) +
      element('rect', { class: 'value', y: 2, width: along(units), height: 3 }) +
      tick(limit) +
      tick(promised),
  )
}
