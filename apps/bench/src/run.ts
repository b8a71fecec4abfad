import { printReport, type Report, writeReport } from './write-report.ts'

/** What a command is to do. */
export interface Work {
  /** Nothing is written. */
  readonly quick: boolean
  readonly reports: readonly (() => Promise<Report>)[]
}

/** Makes the reports one after the other; each is printed, and written unless it was a quick run. Tells what goes wrong. */
export async function run(command: string, read: () => Work): Promise<void> {
  // So that what was started is ended when this is.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    const { quick, reports } = read()
    for (const make of reports) {
      const report = await make()
      printReport(report)
      if (!quick) writeReport(report)
    }
  } catch (error) {
    console.error(`${command}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
