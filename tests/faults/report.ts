import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Fault } from './fault.ts'
import { deadlineMs, processes, quota, refundDeadlineMs, scarceQuota } from './load.ts'
import type { Row } from './run.ts'

const file = new URL('../../docs/reliability.md', import.meta.url)

export interface Report {
  readonly faults: readonly Fault[]
  readonly rows: readonly Row[]
  /** What could not be tried here. */
  readonly skipped: readonly string[]
  /** By how much a decision might be later than its deadline, in ms. */
  readonly graceMs: number
  readonly redisVersion: string
}

/** Writes docs/reliability.md: what came of each fault, and what could not be tried. */
export async function writeReport({ faults, rows, skipped, graceMs, redisVersion }: Report): Promise<void> {
  const versions = await Promise.all(['ioredis', 'redis'].map(version))
  const text = `# Reliability

Written by \`npx -y pnpm@12 test:faults\`: each fault is done to real servers while sixteen callers ask all algorithms, for 1 to 5
units at a time, over a client with the options that its store recommends. Node ${process.versions.node}, Redis ${redisVersion}, ioredis ${versions[0]}, redis ${versions[1]}, on ${cpus().length} cores
of ${cpus()[0]?.model.trim()}. Deadline ${deadlineMs} ms, \`failure: 'local'\`, \`processes: ${processes}\`. Under each algorithm there are three keys with a quota
of ${quota}; one with a quota of ${scarceQuota}, which runs out; one whose callers leave, by an AbortSignal, before they are answered; and
one that gives back what it consumed at first, and what single decisions charged, with a deadline of ${refundDeadlineMs} ms.

${table(rows)}

- **without the store**: decisions that another made, because the store could not, or not in time.
- **refused**, **refunds**: how many decisions were refusals, and how many refunds were asked for.
- **slowest**: from the call to the decision, refunds aside; at most ${deadlineMs + graceMs} ms are
  allowed, because two cores are shared with all servers, and more only where the process itself was held up.
- **over-admitted**: the most units that the store admitted to any key beyond its quota and what it was asked to take back, against the most that it might have, on the key where the one came closest to the other.
- **counted late**: units, of all keys, that the store counted although their callers had given up. They were executed in time, and
  reported too late or never.
- **recovered**: from the end of the fault to the last decision that was not the store's, on the slowest key. No restart.
- **heap**: of the process, after a collection, before and after.

In each row also: what was admitted without the store stays within a share of the quota; no refund gives back more than was
asked, though its reply be lost (where no state is); every stored key expires, after twice the time to full at most; no rejection or exception goes
unhandled, and no listener is left on the client or on a signal; what was acknowledged is counted, where no state was lost; all
waits that decisions tell of are at most twice the time to full, or what a clock that was set back adds; each decision without the store has an event, each limiter warns once,
each limiter says \`store:up\` as often as \`store:down\`, and none holds a key, an address or a password; and afterwards all laws hold on
all algorithms, over the same client.

## How much more than the quota may be admitted

${faults.map(({ name, allowed }) => `- ${name}: ${allowed.because}.`).join('\n')}
${skipped.length === 0 ? '' : `\n## Not tried here\n\n${skipped.map((line) => `- ${line}`).join('\n')}\n`}`
  await writeFile(file, text)
}

/** The rows as a table. */
export function table(rows: readonly Row[]): string {
  const head = [
    'fault',
    'client',
    'topology',
    'decisions',
    'refused',
    'refunds',
    'without the store',
    'slowest, ms',
    'over-admitted / allowed',
    'counted late',
    'recovered, ms',
    'heap, MB',
  ]
  const lines = rows.map((row) => [
    row.fault,
    row.client,
    row.topology,
    `${row.decisions}`,
    `${row.refused}`,
    `${row.refunds}`,
    `${row.withoutStore}`,
    row.slowestMs.toFixed(0),
    `${row.overAdmitted} / ${row.allowed}`,
    `${row.countedAfterGivingUp}`,
    row.recoveredMs.toFixed(0),
    `${(row.heapBefore / 1e6).toFixed(1)} → ${(row.heapAfter / 1e6).toFixed(1)}`,
  ])
  const right = head.map((_, i) => (i > 2 ? '---:' : '---'))
  return [head, right, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

async function version(name: string): Promise<string> {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version
}
