import { type Drawing, drawingSteps } from '../comparison/drawing.ts'
import { type Layout, margin } from './layout.ts'
import { element } from './svg.ts'

const fewestRows = 10

/** Px below the line, where the pointer erases. */
export const erasingHeight = 7

/** How many requests the height of the drawn traffic stands for. */
export function rowsOfDrawing(drawing: Drawing): number {
  return Math.max(fewestRows, ...drawing)
}

/** Drawn traffic: a dot for each request, stacked at its step, so that the pointer finds it where it was drawn. */
export function drawingMarks(drawing: Drawing, { width, height }: Pick<Layout, 'width' | 'height'>): string {
  const step = (width - 2 * margin) / drawingSteps
  const line = height - erasingHeight
  const unit = line / rowsOfDrawing(drawing)
  const dot = (i: number, row: number): string =>
    element('circle', {
      class: 'arrival',
      cx: margin + (i + 0.5) * step,
      cy: line - (row + 0.5) * unit,
      r: Math.min(step, unit) * 0.44,
    })
  return (
    element('line', { class: 'boundary', x1: margin, x2: width - margin, y1: line, y2: line }) +
    drawing.flatMap((count, i) => Array.from({ length: count }, (_, row) => dot(i, row))).join('')
  )
}
