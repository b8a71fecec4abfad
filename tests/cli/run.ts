import { runSluice, type Terminal } from '@sluice/cli'

/** What a command line wrote, and how it ended. */
export interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command line in this process. */
export async function ran(args: readonly string[], over: Partial<Terminal> = {}): Promise<Ran> {
  const written = { output: '', errors: '' }
  const terminal: Terminal = {
    input: nothing(),
    write: (text) => {
      written.output += text
    },
    writeError: (text) => {
      written.errors += text
    },
    hasColor: false,
    hasErrorTerminal: false,
    env: {},
    ...over,
  }
  return { code: await runSluice(args, terminal), ...written }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
