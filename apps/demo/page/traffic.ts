import type { Comparison } from '../src/comparison/compare.ts'
import { durationText } from '../src/comparison/duration-text.ts'
import { drawingMarks } from '../src/picture/drawing-marks.ts'
import { trafficMarks } from '../src/picture/marks.ts'
import { byId } from './by-id.ts'

/** Draws the traffic above the lanes, at the width that it has on the screen. */
export function drawTraffic({ traffic, settings }: Comparison): void {
  const { arrivals, duration } = traffic
  const svg = byId('traffic')
  const { width, height } = svg.getBoundingClientRect()
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.innerHTML =
    settings.scenario === 'drawn'
      ? drawingMarks(settings.drawing, { width, height })
      : trafficMarks(arrivals, { width, height, duration, window: settings.window })
  svg.ariaLabel = `The traffic: ${arrivals.length} requests in ${durationText(duration)}`
}
