import { type Drawing, drawingSteps } from '../comparison/drawing.ts'
import { type Layout, margin } from './layout.ts'
import { element } from './svg.ts'

const fewestRows = 10

/** How many requests the height of the drawn traffic stands for. */
export function rowsOfDrawing(drawing: Drawing): number {
  return Math.max(fewestRows, ...drawing)
}

/** Drawn traffic: a dot for each request, stacked at its step, so that the pointer finds it where it was drawn. */
export function drawingMarks(drawing: Drawing, { width, height }: Pick<Layout, 'width' | 'height'>): string {
  const step = (width - 2 * margin) / drawingSteps
  const unit = (height - 1) / rowsOfDrawing(drawing)
  const radius = Math.min(step, unit) * 0.44
  return drawing
    .flatMap((count, i) =>
      Array.from({ length: count }, (_, row) =>
        element('circle', {
          class: 'arrival',
          cx: margin + (i + 0.5) * step,
          cy: height - 1 - (row + 0.5) * unit,
          r: radius,
        }),
      ),
    )
    .join('')
}
