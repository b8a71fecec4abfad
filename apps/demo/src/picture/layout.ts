/** How a chart lies on its time axis, in px. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** Ms. */
  readonly duration: number
  readonly window: number
}

/** The room at both ends of the time axis: half of the playhead's handle, so that both agree on where a time lies. */
export const margin = 6

/** Where a time of the axis lies. */
export function xOf(at: number, { width, duration }: Layout): number {
  return margin + (at / duration) * (width - 2 * margin)
}

/** Rows of a lane, from the top: a line of text, the turns of those that wait, what is admitted above the baseline, what is refused below. */
export interface Rows {
  readonly text: number
  readonly turns: number
  readonly top: number
  readonly baseline: number
  readonly bottom: number
}

const lowHeight = 90

/** The rows of a lane of some height. A low one has no room to spare for the area above the marks. */
export function rowsOf(height: number): Rows {
  const top = 21
  const bottom = height - 2
  const share = height < lowHeight ? 0.52 : 0.62
  return { text: 10, turns: 17, top, baseline: Math.round(top + (bottom - top) * share), bottom }
}
