import type { Traffic } from '@sluice/simulation'
import { most, windowsShown } from './settings.ts'

/** How many requests come at each step of the time axis, from its start on; steps after the last request are left out. */
export type Drawing = readonly number[]

/** How finely traffic is drawn. */
export const stepsPerWindow = 20

/** How many steps the time axis has. */
export const drawingSteps: number = windowsShown * stepsPerWindow

/** The most requests of one step: what one digit of the address can say. */
export const mostPerStep = 35

/** Whom drawn requests count for. */
const drawnKey = 'client'

/** Ms of one step. */
export function stepLength(window: number): number {
  return window / stepsPerWindow
}

/** How many requests a drawing holds. */
export function drawnRequests(drawing: Drawing): number {
  return drawing.reduce((sum, count) => sum + count, 0)
}

/** The drawing with another count at one step, as near to it as the bounds allow. */
export function withCount(drawing: Drawing, step: number, count: number): Drawing {
  const counts = Array.from({ length: Math.max(drawing.length, step + 1) }, (_, i) => drawing[i] ?? 0)
  const others = drawnRequests(drawing) - (counts[step] ?? 0)
  counts[step] = Math.max(0, Math.min(count, mostPerStep, most.requests - others))
  return trimmed(counts)
}

/** Traffic as a drawing of it, to be changed from there; retries are left out. */
export function drawingOf({ arrivals }: Traffic, window: number): Drawing {
  const step = stepLength(window)
  const counts = new Array<number>(drawingSteps).fill(0)
  for (const { at } of arrivals) {
    const index = Math.floor(at / step)
    counts[index] = Math.min(mostPerStep, (counts[index] ?? 0) + 1)
  }
  return trimmed(counts)
}

/** All requests of a step come at its start. */
export function drawnTraffic(drawing: Drawing, window: number): Traffic {
  const step = stepLength(window)
  const arrivals = drawing.flatMap((count, i) =>
    Array.from({ length: count }, () => ({ at: i * step, key: drawnKey, cost: 1 })),
  )
  return { duration: windowsShown * window, arrivals }
}

/** A digit for each step: 0 to 9, then a to z. */
export function drawingText(drawing: Drawing): string {
  return drawing.map((count) => count.toString(mostPerStep + 1)).join('')
}

/** The drawing of a text; `undefined` where it is none, or holds too many requests. */
export function readDrawing(text: string): Drawing | undefined {
  if (!/^[0-9a-z]*$/.test(text) || text.length > drawingSteps) return undefined
  const drawing = trimmed([...text].map((digit) => Number.parseInt(digit, mostPerStep + 1)))
  return drawnRequests(drawing) <= most.requests ? drawing : undefined
}

function trimmed(counts: readonly number[]): Drawing {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
}
