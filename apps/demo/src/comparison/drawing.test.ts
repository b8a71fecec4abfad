import { expect, it } from 'vitest'
import {
  type Drawing,
  drawingOf,
  drawingSteps,
  drawingText,
  drawnRequests,
  drawnTraffic,
  readDrawing,
  withCount,
} from './drawing.ts'
import { initialSettings } from './link.ts'
import { scenarioNames, trafficOf } from './scenarios.ts'
import { most } from './settings.ts'

it('puts all requests of a step at its start', () => {
  const { arrivals, duration } = drawnTraffic([0, 2, 0, 1], 10_000)
  expect(duration).toBe(60_000)
  expect(arrivals.map(({ at }) => at)).toEqual([500, 500, 1500])
})

it('leaves out what comes after the last request', () => {
  expect(withCount(withCount([], 3, 2), 3, 0)).toEqual([])
  expect(withCount([1, 0, 4], 2, -1)).toEqual([1])
})

it('holds no more requests than an address may ask for, in all and at a step', () => {
  expect(withCount([], 0, 99)).toEqual([35])
  const full = Array.from({ length: drawingSteps }, (_, step) => step).reduce<Drawing>(
    (drawing, step) => withCount(drawing, step, 35),
    [],
  )
  expect(drawnRequests(full)).toBe(most.requests)
  expect(readDrawing(drawingText(full))).toEqual(full)
  expect(withCount(full, drawingSteps - 1, 1)).toEqual(full)
})

it.each(scenarioNames)('keeps the requests of a scenario where they came, to a step: %s', (scenario) => {
  const traffic = trafficOf({ ...initialSettings, scenario, requests: 60 })
  const drawing = drawingOf(traffic, 10_000)
  const steps = traffic.arrivals.map(({ at }) => Math.floor(at / 500) * 500)
  expect(drawnTraffic(drawing, 10_000).arrivals.map(({ at }) => at)).toEqual(steps)
})
