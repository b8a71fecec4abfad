import { type CheckedSluice, DocumentError } from '@sluice/config'
import { Command } from 'commander'
import { exitCodes } from './exit-code.ts'
import { readDocument } from './read-document.ts'
import type { MakeCommand } from './run-sluice.ts'
import { styled, type Terminal } from './terminal.ts'

/** `sluice check FILE`: whether a document can be used, or all that is wrong with it. */
export const checkCommand: MakeCommand = (terminal, end) =>
  new Command('check')
    .description('Check a configuration document: all that is wrong with it, at once. Its store is not opened.')
    .argument('<file>', 'the document: JSON or YAML')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const result = await check(file, terminal)
      if (!result.valid) end(exitCodes.no)
      terminal.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : textOf(result, terminal))
    })

const help = `
Variables such as \${REDIS_URL} are looked up in the environment; one that is
not set is wrong. Packages that the document names must be installed.

Exit codes: 0 the document is right, 1 it is not, 2 it cannot be read.

Example:
  $ sluice check sluice.json`

/** What is told of a document. */
interface CheckResult {
  readonly file: string
  readonly valid: boolean
  readonly problems: DocumentError['problems']
  readonly store?: string
  readonly limiters?: readonly string[]
}

async function check(file: string, terminal: Terminal): Promise<CheckResult> {
  try {
    return { file, valid: true, problems: [], ...summaryOf(await readDocument(file, terminal)) }
  } catch (error) {
    if (error instanceof DocumentError) return { file, valid: false, problems: error.problems }
    throw error
  }
}

function summaryOf({ store, limiters }: CheckedSluice): Pick<CheckResult, 'store' | 'limiters'> {
  return { store: store.driver, limiters: Object.keys(limiters) }
}

function textOf({ file, valid, problems, store, limiters = [] }: CheckResult, terminal: Terminal): string {
  if (valid) {
    const names = `${limiters.length === 1 ? 'limiter' : 'limiters'} ${limiters.join(', ')}`
    return `${styled(terminal, 'green', 'ok')}  ${file}: ${names}; store ${store}\n`
  }
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const lines = problems.map(({ message }) => `- ${message}\n`)
  return `${styled(terminal, 'red', 'wrong')}  ${file}: ${count}\n${lines.join('')}`
}
