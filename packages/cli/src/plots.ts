import { curveAt } from '@sluice/simulation'
import type { PolicyCurve } from './policy-curve.ts'
import type { Timeline } from './refusals.ts'
import { countText, dateText, durationText } from './spelled.ts'

const width = 900
const height = 220
const left = 60
const bottom = 30
const top = 15

const across = width - left - 10
const down = height - top - bottom

/** A number with as few digits as a drawing needs. */
function at(value: number): string {
  return String(Number(value.toFixed(1)))
}

/** What was asked and refused over time, as an SVG: bars, the refused in front of all. */
export function timelinePlot({ start, stretchMs, asked, refused }: Timeline): string {
  const highest = Math.max(1, ...asked)
  const step = across / asked.length
  const bar = (value: number, i: number, kind: string): string => {
    const tall = (value / highest) * down
    return value === 0
      ? ''
      : `<rect class="${kind}" x="${at(left + i * step)}" y="${at(top + down - tall)}" width="${at(Math.max(0.5, step - 1))}" height="${at(tall)}"/>`
  }
  const end = start + stretchMs * asked.length
  return drawing('Requests over time, and those that are refused', [
    ...asked.map((value, i) => bar(value, i, 'asked')),
    ...refused.map((value, i) => bar(value, i, 'refused')),
    ...axes(countText(highest)),
    label(left, height - 10, 'start', dateText(start)),
    label(width / 2, height - 10, 'middle', `requests in ${durationText(stretchMs)}; refused ones are filled`),
    label(width - 10, height - 10, 'end', dateText(end)),
  ])
}

/** Clients refused over the limit, as an SVG: a line in steps, with the limit of now and the one that is enough. */
export function curvePlot({ curve, now, tightest }: Extract<PolicyCurve, { curve: unknown }>): string {
  const last = Math.max(2, curve.points.at(-1)?.limit ?? 1, now.limit)
  // Limits are compared by their ratio: from 5 to 10 is as far as from 50 to 100.
  const x = (limit: number): number => left + (Math.log(limit) / Math.log(last)) * across
  const highest = Math.max(1, curve.points[0]?.clientsRefused ?? 0)
  const y = (clients: number): number => top + down - (clients / highest) * down

  const steps = curve.points.map(({ limit, clientsRefused }, i) =>
    i === 0 ? `M${at(x(limit))} ${at(y(clientsRefused))}` : `H${at(x(limit))}V${at(y(clientsRefused))}`,
  )
  const marker = (limit: number, kind: string, text: string, line: number): string[] => [
    `<line class="${kind}" x1="${at(x(limit))}" x2="${at(x(limit))}" y1="${top}" y2="${top + down}"/>`,
    label(x(limit) + (x(limit) > width / 2 ? -5 : 5), top + line, x(limit) > width / 2 ? 'end' : 'start', text),
  ]
  const refusedNow = countText(curveAt(curve, now.limit).clientsRefused)
  return drawing('Clients refused over the limit', [
    `<path class="curve" d="${steps.join('')}H${width - 10}"/>`,
    ...marker(now.limit, 'now', `now ${countText(now.limit)}: ${refusedNow} clients`, 10),
    ...(tightest === undefined ? [] : marker(tightest.limit, 'enough', `enough: ${countText(tightest.limit)}`, 26)),
    ...axes(countText(highest)),
    label(left, height - 10, 'start', '1'),
    label(width / 2, height - 10, 'middle', 'limit'),
    label(width - 10, height - 10, 'end', countText(last)),
  ])
}

function axes(highest: string): string[] {
  return [
    `<line class="axis" x1="${left}" x2="${width - 10}" y1="${top + down}" y2="${top + down}"/>`,
    label(left - 8, top + 10, 'end', highest),
    label(left - 8, top + down, 'end', '0'),
  ]
}

/** The text is ours: numbers, dates and words, nothing of the log. */
function label(x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${text}</text>`
}

function drawing(title: string, parts: readonly string[]): string {
  const shapes = parts.filter((part) => part !== '').join('\n')
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">\n${shapes}\n</svg>`
}
