import { durationText } from '../src/comparison/duration-text.ts'
import { margin } from '../src/picture/layout.ts'
import { byId } from './by-id.ts'

/** The moment that the page shows in every lane. */
export interface Playhead {
  /** Ms from the start. */
  at(): number
  /** Fits it to traffic of this length; until somebody moves it, it stands at `initial`. */
  fit(duration: number, initial: number): void
  /** Moves it to where a pointer is on a chart. */
  point(chart: Element, clientX: number): void
}

interface PlayheadOptions {
  readonly at: number | undefined
  readonly onMove: () => void
}

const sweepMs = 8000
const stepsOfAxis = 300

/** The slider above the lanes, and the button that sweeps it once. */
export function playhead({ at, onMove }: PlayheadOptions): Playhead {
  const slider = byId<HTMLInputElement>('playhead')
  let isMoved = at !== undefined
  let sweep = 0

  const stop = (): void => {
    cancelAnimationFrame(sweep)
    sweep = 0
    byId('play').textContent = '▶ Play'
  }
  const moveTo = (value: number): void => {
    slider.value = String(Math.round(value))
    describe(slider)
    onMove()
  }
  const play = (): void => {
    if (sweep !== 0) {
      stop()
      return
    }
    isMoved = true
    byId('play').textContent = '❚❚ Pause'
    const duration = Number(slider.max)
    const from = Number(slider.value) >= duration ? 0 : Number(slider.value)
    sweep = requestAnimationFrame((begun) => advance(begun, begun, from))
  }
  const advance = (now: number, begun: number, from: number): void => {
    const duration = Number(slider.max)
    const value = from + ((now - begun) / sweepMs) * duration
    moveTo(Math.min(duration, value))
    if (value >= duration) stop()
    else sweep = requestAnimationFrame((next) => advance(next, begun, from))
  }

  slider.addEventListener('input', () => {
    isMoved = true
    stop()
    describe(slider)
    onMove()
  })
  byId('play').addEventListener('click', play)
  // Nothing moves by itself for those who asked their system for less motion; the slider is theirs.
  byId('play').hidden = matchMedia('(prefers-reduced-motion: reduce)').matches

  return {
    at: () => Number(slider.value),
    fit(duration, initial) {
      slider.max = String(duration)
      slider.step = String(Math.max(1, Math.round(duration / stepsOfAxis / 10) * 10))
      if (!isMoved) slider.value = String(initial)
      else if (at !== undefined) {
        slider.value = String(at)
        at = undefined
      }
      describe(slider)
    },
    point(chart, clientX) {
      const { left, width } = chart.getBoundingClientRect()
      const along = (clientX - left - margin) / (width - 2 * margin)
      isMoved = true
      stop()
      moveTo(Math.min(1, Math.max(0, along)) * Number(slider.max))
    },
  }
}

function describe(slider: HTMLInputElement): void {
  const text = `${durationText(Number(slider.value))} of ${durationText(Number(slider.max))}`
  slider.ariaValueText = text
  byId('clock').textContent = text
}
