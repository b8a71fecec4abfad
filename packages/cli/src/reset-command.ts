import { Command } from 'commander'
import { withStore } from './open-store.ts'
import { chosenLimiters } from './read-document.ts'
import type { MakeCommand } from './run-sluice.ts'
import { printable } from './spelled.ts'

interface ResetOptions {
  readonly config: string
  readonly limiter?: string
  readonly json?: true
}

/** `sluice reset KEY`: gives a key its full quota back. */
export const resetCommand: MakeCommand = (terminal) =>
  new Command('reset')
    .description('Forget what is counted for a key: it has its full quota again.')
    .argument('<key>', 'whom limits count for, as the program gives it: user:123')
    .requiredOption('--config <file>', 'the document: JSON or YAML')
    .option('--limiter <name>', 'only this limiter')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (key: string, { config, limiter, json }: ResetOptions) => {
      const limiters = await withStore(config, terminal, async ({ checked, limiters: opened, file }) => {
        const names = chosenLimiters(checked.limiters, limiter, file).map(([name]) => name)
        for (const name of names) await opened[name]?.reset(key)
        return names
      })
      terminal.write(
        json
          ? `${JSON.stringify({ key, limiters }, undefined, 2)}\n`
          : `${printable(key)}: reset on ${limiters.join(', ')}\n`,
      )
    })

const help = `
What a process has counted by itself during an outage of the store stays.

Example:
  $ sluice reset user:123 --config redis.json --limiter login`
