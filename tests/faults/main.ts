import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { faults } from './faults.ts'
import { table, writeReport } from './report.ts'
import { type Row, run } from './run.ts'
import { startServer } from './server.ts'
import { clientKinds } from './topology.ts'

// Does each fault to real servers, and fails when one of the promises does not hold.
const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
  },
})
if (values.list) {
  for (const { name, topologies } of faults) console.log(`${name} (${topologies.join(', ')})`)
  process.exit(0)
}

setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc')
process.removeAllListeners('warning')

const { only } = values
const chosen = faults.filter(
  ({ name, smoke }) => (!values.smoke || smoke) && (only === undefined || only.some((part) => name.includes(part))),
)
if (chosen.length === 0) throw new RangeError(`Expected --only to name a fault, got ${only?.join(', ')}; see --list`)
const whole = !values.smoke && only === undefined

const rows: Row[] = []
const skipped: string[] = []
for (const fault of chosen) {
  for (const topology of values.smoke ? fault.topologies.slice(0, 1) : fault.topologies) {
    for (const client of clientKinds) {
      const row = await run(fault, client, topology)
      if (row === undefined) {
        skipped.push(`${fault.name}: needs a C compiler (\`cc\`)`)
        break
      }
      rows.push(row)
      console.log(`${row.broken.length === 0 ? 'holds ' : 'BROKEN'}  ${fault.name}, ${client}, ${topology}`)
      for (const what of row.broken) console.log(`          ${what}`)
    }
  }
}

console.log(`\n${table(rows)}`)
const broken = rows.filter((row) => row.broken.length > 0)
if (whole && broken.length === 0) {
  const server = await startServer()
  const version = /redis_version:(\S+)/.exec(String(await server.command('INFO', 'server')))?.[1] ?? 'unknown'
  await server.stop()
  await writeReport(faults, rows, skipped, version)
}
console.log(`${rows.length - broken.length} passed, ${broken.length} failed`)
process.exit(broken.length === 0 ? 0 : 1)
