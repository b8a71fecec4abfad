import { Command } from 'commander'
import { examineStore } from './examine-store.ts'
import { exitCodes, UsageError } from './exit-code.ts'
import { advice, type Finding, fine } from './finding.ts'
import { openDocument } from './open-store.ts'
import type { MakeCommand } from './run-sluice.ts'
import { wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'

/** `sluice doctor`: tries what limiters need of their store, and says what to do. */
export const doctorCommand: MakeCommand = (terminal, end) =>
  new Command('doctor')
    .description('Try what limiters need of their store on Redis, and say what to do where it fails.')
    .requiredOption('--config <file>', 'the document: JSON or YAML')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async ({ config, json }: { readonly config: string; readonly json?: true }) => {
      const findings = await findingsOf(config, terminal)
      if (findings.some(({ level }) => level === 'wrong')) end(exitCodes.no)
      terminal.write(
        json
          ? `${JSON.stringify({ file: config, findings }, undefined, 2)}\n`
          : findings.map((one) => findingText(one, terminal)).join(''),
      )
    })

const help = `
Writes, reads and removes keys of its own, under the prefix of the document.
Never shows an address, a user or a password.

Exit codes: 0 limits work, with or without advice, 1 something is wrong,
2 wrong use.

Example:
  $ sluice doctor --config redis.json`

async function findingsOf(file: string, terminal: Terminal): Promise<readonly Finding[]> {
  const client = clientWarnings()
  const opened = await openDocument(file, terminal)
  try {
    const { nodes, checked } = opened
    if (nodes !== undefined) return [...(await examineStore(opened, nodes)), client.finding()]
    throw new UsageError(
      `Expected \`store.driver\` of ${JSON.stringify(file)} to be ioredis or redis, got ${JSON.stringify(checked.store.driver)}`,
    )
  } finally {
    client.stop()
    await opened.close()
  }
}

/** Stores warn of options of their clients that can do harm. */
function clientWarnings(): { finding(): Finding; stop(): void } {
  const heard: string[] = []
  const listen = (warning: Error & { readonly code?: unknown }): void => {
    if (warning.code === 'SLUICE_CLIENT_OPTIONS') heard.push(warning.message)
  }
  process.on('warning', listen)
  return {
    finding: () =>
      heard.length === 0
        ? fine('client', 'its options are those recommended, or as good')
        : advice('client', heard.join(' '), 'Leave these out of `clientOptions`: the recommended ones hold then.'),
    stop: () => process.removeListener('warning', listen),
  }
}

const styles = { fine: 'green', advice: 'yellow', wrong: 'red' } as const
const indent = 20

function findingText({ check, level, found, remedy }: Finding, terminal: Terminal): string {
  const [first = '', ...rest] = wrapped(`${level.padEnd(6)}  ${check.padEnd(indent - 8)}${found}`, indent)
  const lines = [styled(terminal, styles[level], first.slice(0, 6)) + first.slice(6), ...rest]
  const advised = remedy === undefined ? [] : wrapped(`${' '.repeat(indent)}${remedy}`, indent)
  return [...lines, ...advised].map((line) => `${line}\n`).join('')
}
