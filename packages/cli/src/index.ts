export { type ExitCode, exitCodes } from './exit-code.ts'
export { runSluice } from './run-sluice.ts'
export type { Terminal } from './terminal.ts'
