import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { table, writeReport } from './report.ts'
import type { Row } from './run.ts'
import { startServer } from './server.ts'
import { type ClientKind, clientKinds, type TopologyKind } from './topology.ts'

// Does each fault to real servers, and fails when one of the promises does not hold.
const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
  },
})
const { smoke, only, list } = values
const chosen = faults.filter(
  (fault) => (!smoke || fault.smoke) && (only === undefined || only.some((part) => fault.name.includes(part))),
)
if (chosen.length === 0) throw new RangeError(`Expected --only to name a fault, got ${only?.join(', ')}; see --list`)

/** By how much a decision may be later than its deadline, in ms: beside up to eight servers, and on a machine that does much else too. */
const graceMs = 100
const busyGraceMs = 250

if (list) {
  for (const { name, topologies } of chosen) console.log(`${name} (${topologies.join(', ')})`)
} else {
  await runAll()
}

async function runAll(): Promise<void> {
  const rows: Row[] = []
  const skipped: string[] = []
  for (const fault of chosen) {
    for (const topology of smoke ? fault.topologies.slice(0, 1) : fault.topologies) {
      for (const client of clientKinds) {
        const row = await rowOf(fault, client, topology)
        if (row === 'skipped') {
          skipped.push(`${fault.name}, ${client}: needs a C compiler (\`cc\`)`)
          continue
        }
        rows.push(row)
        console.log(`${row.broken.length === 0 ? 'holds ' : 'BROKEN'}  ${fault.name}, ${client}, ${topology}`)
        for (const what of row.broken) console.log(`          ${what}`)
      }
    }
  }

  console.log(`\n${table(rows)}`)
  const broken = rows.filter((row) => row.broken.length > 0)
  if (!smoke && only === undefined && broken.length === 0)
    await writeReport({ faults, rows, skipped, graceMs, redisVersion: await redisVersion() })
  console.log(`${rows.length - broken.length} passed, ${broken.length} failed`)
  process.exitCode = broken.length === 0 ? 0 : 1
}

async function rowOf(fault: Fault, client: ClientKind, topology: TopologyKind): Promise<Row | 'skipped'> {
  const program = new URL('row.ts', import.meta.url).pathname
  const options = ['--expose-gc', '--conditions=@sluice/source', '--disable-warning=ExperimentalWarning']
  const args = [...options, program, fault.name, client, topology, `${smoke ? busyGraceMs : graceMs}`]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Row | 'skipped'
}

async function redisVersion(): Promise<string> {
  const server = await startServer()
  const said = String(await server.command('INFO', 'server'))
  await server.stop()
  return /redis_version:(\S+)/.exec(said)?.[1] ?? 'unknown'
}
