import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { definitions } from '@sluice/metrics/internal'
import { expect, it } from 'vitest'
import { root } from '../../tooling/packages.ts'

const file = join(root, 'packages', 'metrics', 'README.md')

it('the README of @sluice/metrics has every metric', () => {
  const text = readFileSync(file, 'utf8')
  const current = text.replace(
    /(<!-- metrics -->\n)[\s\S]*?(<!-- \/metrics -->)/,
    (_, begin, end) => `${begin}\n${table()}\n\n${end}`,
  )
  if (process.env.SLUICE_UPDATE === 'metrics') writeFileSync(file, current)
  else expect(text).toBe(current)
})

/** As the formatter would have it. */
function table(): string {
  const rows = Object.entries(definitions).map(([name, { kind, unit, description, attributes }]) => {
    return [`\`${name}\``, kind, unit, description, attributes.map((attribute) => `\`${attribute}\``).join(', ')]
  })
  const all = [['metric', '', 'unit', 'what it says', 'attributes'], ...rows]
  const widths = all[0]?.map((_, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [header = [], ...others] = all
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}
