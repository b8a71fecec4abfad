import { execFile } from 'node:child_process'

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command and waits for its end, however it ends. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 }
    execFile(command, args, options, (error, output, errors) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output, errors })
    })
  })
}
