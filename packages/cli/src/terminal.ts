/** Where a command reads and writes: a process, or a test. */
export interface Terminal {
  /** The bytes of standard input. */
  readonly input: AsyncIterable<Uint8Array>
  /** Writes to standard output. */
  write(text: string): void
  /** Writes to standard error. */
  writeError(text: string): void
  /** Standard output is a terminal that shows colour. */
  readonly hasColor: boolean
  /** Standard error is a terminal, on which a line may be written over. */
  readonly hasErrorTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

type Style = 'bold' | 'red' | 'green' | 'yellow' | 'dim'

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
}

/** Text in a style, where the terminal shows it. */
export function styled({ hasColor }: Pick<Terminal, 'hasColor'>, style: Style, text: string): string {
  const [on, off] = codes[style]
  return hasColor ? `\u001b[${on}m${text}\u001b[${off}m` : text
}

/** The terminal of this process. */
export function processTerminal({ stdin, stdout, stderr, env }: NodeJS.Process = process): Terminal {
  return {
    input: stdin,
    write: (text) => stdout.write(text),
    writeError: (text) => stderr.write(text),
    hasColor: stdout.isTTY === true && stdout.hasColors(env) && !env.NO_COLOR,
    hasErrorTerminal: stderr.isTTY === true,
    env,
  }
}
