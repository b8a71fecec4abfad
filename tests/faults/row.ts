import { faults } from './faults.ts'
import { run } from './run.ts'
import type { ClientKind, TopologyKind } from './topology.ts'

// One row in a process of its own, so that none inherits the heap or the troubles of another. Prints what came of it.
const [name, client, topology, graceMs] = process.argv.slice(2)
const fault = faults.find((one) => one.name === name)
if (fault === undefined) throw new RangeError(`Expected a fault, got ${name}`)
process.removeAllListeners('warning')
const row = await run(fault, client as ClientKind, topology as TopologyKind, Number(graceMs))
console.log(JSON.stringify(row ?? 'skipped'))
process.exit(0)
