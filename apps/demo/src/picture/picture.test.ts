import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compare } from '../comparison/compare.ts'
import { initialSettings } from '../comparison/link.ts'
import { scenarioNames, scenarios } from '../comparison/scenarios.ts'
import { picture, preview } from './picture.ts'

const docs = join(import.meta.dirname, '..', '..', '..', '..', 'docs')
const first = await compare(initialSettings)

it.each([
  ['what-gets-through.svg', picture(first)],
  ['preview-light.svg', preview(first, 'light')],
  ['preview-dark.svg', preview(first, 'dark')],
])('is what docs/%s shows; SLUICE_UPDATE=picture writes it anew', async (name, present) => {
  const file = join(docs, name)
  if (process.env.SLUICE_UPDATE === 'picture') await writeFile(file, present)
  expect(await readFile(file, 'utf8')).toBe(present)
})

it.each(['light', 'dark'] as const)('has one scheme in a preview, whatever the reader has: %s', (scheme) => {
  const svg = preview(first, scheme)
  expect(svg).not.toContain('prefers-color-scheme')
  expect(svg).toContain(`color-scheme: ${scheme};`)
  expect(preview(first, 'light')).not.toBe(preview(first, 'dark'))
})

it.each(scenarioNames)('has a mark for each request in each lane: %s', async (scenario) => {
  const settings = { ...initialSettings, scenario, requests: scenarios[scenario].requests }
  const comparison = await compare(settings)
  const { lanes, traffic } = comparison
  const svg = picture(comparison)
  const count = (pattern: RegExp): number => svg.match(pattern)?.length ?? 0
  const sum = (of: (lane: (typeof lanes)[number]) => number): number =>
    lanes.reduce((total, lane) => total + of(lane), 0)
  expect(count(/class="arrival"/g)).toBe(traffic.arrivals.length)
  expect(count(/class="admitted"/g)).toBe(sum(({ totals }) => totals.admitted - totals.delayed))
  expect(count(/class="waits"/g)).toBe(sum(({ totals }) => totals.delayed))
  const crosses = [...svg.matchAll(/class="refused" d="([^"]*)"/g)].map(([, d = '']) => d.split('M').length - 1)
  expect(crosses.reduce((total, strokes) => total + strokes / 2, 0)).toBe(sum(({ totals }) => totals.refused))
})

it('draws bars where there are too many requests for dots', async () => {
  const svg = picture(await compare({ ...initialSettings, requests: 2000 }))
  expect(svg).not.toContain('<circle class="admitted"')
  expect(svg).toContain('class="refused-bar"')
})

it('needs nothing from elsewhere', async () => {
  const svg = picture(await compare(initialSettings))
  const links = svg.match(/(?:https?:)?\/\/[a-z][^\s'"`]*/g) ?? []
  expect(links).toEqual(['http://www.w3.org/2000/svg'])
})
