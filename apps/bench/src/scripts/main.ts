import { readArguments } from '../read-arguments.ts'
import { run } from '../run.ts'
import { measureScripts } from './measure-scripts.ts'
import { reportScripts } from './report-scripts.ts'

await run('bench:scripts', () => {
  const { quick } = readArguments(process.argv.slice(2), [])
  return { quick, reports: [async () => reportScripts(await measureScripts({ quick }))] }
})
