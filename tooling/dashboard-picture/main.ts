import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../packages.ts'
import { type Drawn, drawDashboard } from './draw-dashboard.ts'
import { runStack } from './run-stack.ts'

// Runs the example of monitoring, kills Redis for a while, and draws what Prometheus answers to the queries of the dashboard.
const lastsMs = 240_000
const downFromMs = 110_000
const downForMs = 40_000
const stepSeconds = 2

interface Panel {
  readonly title: string
  readonly type: 'stat' | 'timeseries'
  readonly gridPos: Drawn['place']
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly custom?: { readonly stacking: { readonly mode: string } } }
  }
}

const { panels } = JSON.parse(readFileSync(join(root, 'examples/monitoring/grafana/sluice.json'), 'utf8')) as {
  readonly panels: readonly Panel[]
}

const stack = await runStack()
try {
  const start = Date.now()
  await stack.run({ lastsMs, downFromMs, downForMs })
  const range = { start: start / 1000, end: Date.now() / 1000, step: stepSeconds }
  const drawn: Drawn[] = []
  for (const { title, type, gridPos, targets, fieldConfig } of panels) {
    const lines: Drawn['lines'][number][] = []
    for (const { expr, legendFormat } of targets) lines.push(...(await stack.query(expr, legendFormat, range)))
    const { unit, custom } = fieldConfig.defaults
    drawn.push({ title, type, unit, place: gridPos, lines, isStacked: custom?.stacking.mode === 'normal' })
  }
  const { started, stopped } = stack.outage()
  const outage = { from: started / 1000, to: stopped / 1000 }
  writeFileSync(join(root, 'docs/dashboard.svg'), drawDashboard(drawn, { ...range, outage }))
  console.log('docs/dashboard.svg')
} finally {
  await stack.stop()
}
