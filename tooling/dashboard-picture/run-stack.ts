import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../tests/faults/server.ts'
import { until, wait } from '../../tests/faults/wait.ts'
import { root } from '../packages.ts'
import { fetchPrometheus } from '../prometheus.ts'
import { freePort } from '../redis.ts'

/** What a query had to say over time. */
export interface Line {
  readonly name: string
  /** Seconds since the epoch, and the value then. */
  readonly points: readonly (readonly [number, number])[]
}

/** The example of monitoring, at work. */
export interface Stack {
  run(plan: { readonly lastsMs: number; readonly downFromMs: number; readonly downForMs: number }): Promise<void>
  /** When Redis was killed and when it was back, in ms since the epoch. */
  outage(): { readonly started: number; readonly stopped: number }
  /** Answers of Prometheus to a query of the dashboard. */
  query(
    expr: string,
    legend: string,
    range: { readonly start: number; readonly end: number; readonly step: number },
  ): Promise<readonly Line[]>
  stop(): Promise<void>
}

const monitoring = join(root, 'examples', 'monitoring')

/** Starts Redis, the application and Prometheus on free ports of loopback. */
export async function runStack(): Promise<Stack> {
  const redis = await startServer()
  const [port, metricsPort, prometheusPort] = [await freePort(), await freePort(), await freePort()]
  const env = {
    PORT: `${port}`,
    METRICS_PORT: `${metricsPort}`,
    REDIS_URL: redis.url,
    APP_URL: `http://127.0.0.1:${port}`,
  }
  const app = program('app.ts', env)
  await printed(app)
  const prometheus = await startPrometheus(metricsPort, prometheusPort)
  const url = `http://127.0.0.1:${prometheusPort}`
  await until('Prometheus', async () => (await fetch(`${url}/-/ready`)).ok)
  const outage = { started: 0, stopped: 0 }

  return {
    async run({ lastsMs, downFromMs, downForMs }) {
      const traffic = program('traffic.ts', env)
      await wait(downFromMs)
      outage.started = Date.now()
      await redis.kill()
      await wait(downForMs)
      await redis.start()
      outage.stopped = Date.now()
      await wait(lastsMs - downFromMs - downForMs)
      traffic.kill()
    },
    outage: () => outage,
    query: (expr, legend, range) => query(url, withVariables(expr), legend, range),
    async stop() {
      app.kill()
      await prometheus.stop()
      await redis.stop()
    },
  }
}

function program(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=@sluice/source', join(monitoring, file)], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.once('exit', () => child.kill())
  return child
}

function printed(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.stdout?.once('data', resolve))
}

/** Reads every second what the example reads every 15: the picture is of minutes. */
async function startPrometheus(metricsPort: number, port: number): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-prometheus-'))
  const config = readFileSync(join(monitoring, 'prometheus.yml'), 'utf8')
    .replaceAll(': 15s', ': 1s')
    .replace('127.0.0.1:9464', `127.0.0.1:${metricsPort}`)
    .replace('rules.yml', join(monitoring, 'rules.yml'))
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, config)
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const child = spawn(fetchPrometheus('prometheus'), args, { stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  return {
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What Grafana would put in. */
function withVariables(expr: string): string {
  return expr.replaceAll('$__rate_interval', '10s').replaceAll('$limiter', '.*')
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly values: readonly (readonly [number, string])[]
    }[]
  }
}

async function query(
  url: string,
  expr: string,
  legend: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
): Promise<readonly Line[]> {
  const parameters = new URLSearchParams({ query: expr, start: `${start}`, end: `${end}`, step: `${step}` })
  const response = await fetch(`${url}/api/v1/query_range?${parameters}`)
  if (!response.ok) throw new Error(`Prometheus: ${await response.text()}`)
  const { data } = (await response.json()) as Answer
  return data.result.map(({ metric, values }) => ({
    name: legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
  }))
}
