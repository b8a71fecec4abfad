import {
  type Drawing,
  drawingSteps,
  drawnRequests,
  mostPerStep,
  stepLength,
  stepsPerWindow,
  withCount,
} from '../src/comparison/drawing.ts'
import { durationText } from '../src/comparison/duration-text.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { erasingHeight, rowsOfDrawing } from '../src/picture/drawing-marks.ts'
import { margin } from '../src/picture/layout.ts'
import { byId } from './by-id.ts'

const hint =
  'Draw with the pointer, and erase below the line. With keys: arrows move, space puts a request, delete takes it.'

interface DrawingBoardOptions {
  readonly onDraw: (drawing: Drawing) => void
}

/** The traffic where it is drawn: with the pointer, or with keys that move, put and take. */
export function drawingBoard({ onDraw }: DrawingBoardOptions): { show(settings: Settings): void } {
  const board = byId('drawing')
  board.ariaDescription = hint
  let settings: Settings | undefined
  let step = 0
  let stroke: Stroke | undefined

  const draw = (drawing: Drawing): void => {
    if (settings !== undefined) onDraw(drawing)
  }
  const put = (change: number): void => {
    const { drawing = [] } = settings ?? {}
    draw(withCount(drawing, step, (drawing[step] ?? 0) + change))
  }
  const moveTo = (next: number): void => {
    step = Math.max(0, Math.min(drawingSteps - 1, next))
    describe(board, step, settings)
  }
  const strokeTo = (event: PointerEvent): void => {
    if (settings === undefined || stroke === undefined) return
    const to = pointed(event, stroke)
    const drawing = stroked(settings.drawing, stroke, to)
    Object.assign(stroke, to)
    moveTo(to.step)
    draw(drawing)
  }

  board.addEventListener('keydown', (event) => {
    const isHandled = handleKey(event.key, { step, moveTo, put })
    if (isHandled) event.preventDefault()
  })
  board.addEventListener('pointerdown', (event) => {
    board.setPointerCapture(event.pointerId)
    const scale = { box: board.getBoundingClientRect(), rows: rowsOfDrawing(settings?.drawing ?? []) }
    stroke = { ...pointed(event, scale), ...scale }
    strokeTo(event)
  })
  board.addEventListener('pointermove', strokeTo)
  for (const end of ['pointerup', 'pointercancel']) board.addEventListener(end, () => (stroke = undefined))

  return {
    show(shown) {
      settings = shown
      const isDrawn = shown.scenario === 'drawn'
      if (isDrawn && board.hidden) byId('status').textContent = hint
      board.hidden = !isDrawn
      document.documentElement.toggleAttribute('data-drawing', isDrawn)
      describe(board, step, shown)
    },
  }
}

interface Cursor {
  readonly step: number
  moveTo(step: number): void
  put(change: number): void
}

function handleKey(key: string, { step, moveTo, put }: Cursor): boolean {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: step - 1,
    ArrowDown: step - 1,
    ArrowRight: step + 1,
    ArrowUp: step + 1,
    PageDown: step - stepsPerWindow,
    PageUp: step + stepsPerWindow,
    Home: 0,
    End: drawingSteps - 1,
  }
  const changes: Readonly<Record<string, number>> = { ' ': 1, Delete: -1, Backspace: -1 }
  const [move, change] = [moves[key], changes[key]]
  if (move !== undefined) moveTo(move)
  if (change !== undefined) put(change)
  return move !== undefined || change !== undefined
}

/** What a stroke is measured by, from its start to its end: where the board was, though the page may move under it. */
interface StrokeScale {
  readonly box: DOMRect
  /** How many requests the height of the board stands for. */
  readonly rows: number
}

/** A stroke while the pointer is down, and where it was last. */
interface Stroke extends StrokeScale {
  step: number
  count: number
}

/** Which step the pointer is at, and how many requests its height stands for; below the line, none. */
function pointed(event: PointerEvent, { box, rows }: StrokeScale): Point {
  const { left, width, bottom, height } = box
  const along = (event.clientX - left - margin) / (width - 2 * margin)
  const step = Math.max(0, Math.min(drawingSteps - 1, Math.floor(along * drawingSteps)))
  const line = height - erasingHeight
  const count = Math.ceil(((bottom - erasingHeight - event.clientY) / line) * rows)
  return { step, count: Math.max(0, Math.min(mostPerStep, count)) }
}

interface Point {
  readonly step: number
  readonly count: number
}

/** The drawing with a straight stroke through it: a fast pointer leaves steps out. */
function stroked(drawing: Drawing, from: Point, to: Point): Drawing {
  const length = Math.abs(to.step - from.step)
  let next = drawing
  for (let i = length === 0 ? 0 : 1; i <= length; i += 1) {
    const share = length === 0 ? 1 : i / length
    const step = from.step + Math.sign(to.step - from.step) * i
    next = withCount(next, step, Math.round(from.count + (to.count - from.count) * share))
  }
  return next
}

function describe(board: HTMLElement, step: number, settings: Settings | undefined): void {
  if (settings === undefined) return
  const { drawing, window } = settings
  const count = drawing[step] ?? 0
  board.ariaValueMax = String(drawingSteps - 1)
  board.ariaValueNow = String(step)
  board.ariaValueText = `${durationText(step * stepLength(window))}: ${count} ${count === 1 ? 'request' : 'requests'}`
  const cursor = board.firstElementChild as HTMLElement
  cursor.style.left = `calc(${margin}px + (100% - ${2 * margin}px) * ${step / drawingSteps})`
  cursor.style.width = `calc((100% - ${2 * margin}px) / ${drawingSteps})`
}

/** What a drawing changes in the settings. */
export function drawn(drawing: Drawing): Partial<Settings> {
  return { scenario: 'drawn', drawing, requests: drawnRequests(drawing) }
}
