import { delimiter, dirname, join } from 'node:path'
import { examplesIn, layExamples } from '../../tests/cli/example-folder.ts'
import { run } from './run.ts'
import { nodes } from './run-on-nodes.ts'

/**
 * What is wrong with the command line in a folder where it is installed, on any Node: each example of its help is run as it is, with a
 * Redis at the store.
 */
export async function commandLineProblems(folder: string, redisUrl: string): Promise<readonly string[]> {
  layExamples(folder)
  const problems: string[] = []
  for (const { file, version } of await nodes) {
    const PATH = [join(folder, 'node_modules', '.bin'), dirname(file), process.env.PATH].join(delimiter)
    const shell = (line: string) => run('/bin/sh', ['-c', line], folder, { PATH, REDIS_URL: redisUrl })
    const { output: help } = await shell('sluice --help')
    const commands = [...help.matchAll(/^ {2}([a-z]+) .*(?:<|\[)/gm)].map(([, name]) => name as string)
    if (commands.length < 8)
      problems.push(`Node ${version}: sluice --help names ${commands.join(', ') || 'no command'}`)
    const helps = await Promise.all(commands.map((name) => shell(`sluice ${name} --help`)))
    for (const line of [help, ...helps.map(({ output }) => output)].flatMap(examplesIn)) {
      const { code, output, errors } = await shell(line)
      if (code !== 0 || output === '') problems.push(`Node ${version}, ${line}: ended with ${code}\n${output}${errors}`)
    }
  }
  return problems
}
