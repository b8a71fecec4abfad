import { readFileSync } from 'node:fs'
import { DocumentError } from '@sluice/config'
import { Command, CommanderError } from 'commander'
import { checkCommand } from './check-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { type ExitCode, exitCodes, UsageError } from './exit-code.ts'
import { explainCommand } from './explain-command.ts'
import { inspectCommand } from './inspect-command.ts'
import { replayCommand } from './replay-command.ts'
import { resetCommand } from './reset-command.ts'
import { simulateCommand } from './simulate-command.ts'
import { styled, type Terminal } from './terminal.ts'
import { topCommand } from './top-command.ts'

/** A command of the program. `end` is told its exit code; by default all is fine. */
export type MakeCommand = (terminal: Terminal, end: (code: ExitCode) => void) => Command

const commands: readonly MakeCommand[] = [
  checkCommand,
  explainCommand,
  simulateCommand,
  replayCommand,
  inspectCommand,
  resetCommand,
  topCommand,
  doctorCommand,
]

/** Runs one command line, without the name of the program. Resolves to its exit code; all errors are written and none is thrown. */
export async function runSluice(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.fine
  const program = programOf(terminal, (ended) => {
    code = ended
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
    return report(error, terminal)
  }
}

function programOf(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command('sluice')
    .description('Check, explain and try rate limits before they hurt anyone.')
    .version(versionOf())
    .addHelpText(
      'after',
      `
Exit codes: 0 fine, 1 the answer is no, 2 wrong use or input, 3 failed.

Example:
  $ sluice explain sluice.json`,
    )
  for (const make of commands) program.addCommand(make(terminal, end))
  for (const one of [program, ...program.commands]) prepare(one, terminal)
  return program
}

function prepare(command: Command, { write, writeError }: Terminal): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: write,
      writeErr: writeError,
      // Help is the same everywhere, and fits the narrowest terminal.
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}

/** Errors of a document never hold a secret, and those of usage only what was typed. */
function report(error: unknown, terminal: Terminal): ExitCode {
  const isUsage = error instanceof UsageError || error instanceof DocumentError
  const message = error instanceof Error ? error.message : String(error)
  terminal.writeError(`${styled(terminal, 'red', 'error:')} ${message}\n`)
  return isUsage ? exitCodes.usage : exitCodes.failed
}
