import { delimiter, join } from 'node:path'
import { run } from './run.ts'

/** A Node that users may have. */
interface Node {
  readonly file: string
  readonly version: string
}

/** Each Node on the PATH, of one version once; the first is the one that runs this. */
export const nodes: Promise<readonly Node[]> = findNodes()

async function findNodes(): Promise<readonly Node[]> {
  const byVersion = new Map([[process.versions.node, process.execPath]])
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'node')
    const { code, output } = await run(file, ['--version'], '/')
    const version = output.trim().slice('v'.length)
    if (code === 0 && !byVersion.has(version)) byVersion.set(version, file)
  }
  return [...byVersion].map(([version, file]) => ({ version, file }))
}

/** A program in a folder, and what it is to print. */
interface Trial {
  readonly cwd: string
  readonly program: string
  /** Default: that it works. */
  readonly prints?: RegExp
  /** What may stand on standard error; default: nothing. */
  readonly mayWarn?: RegExp | undefined
  readonly redisUrl?: string
}

/** What is wrong with a program on any Node. */
export async function runProblems({ cwd, program, prints, mayWarn, redisUrl }: Trial): Promise<readonly string[]> {
  const env = redisUrl === undefined ? {} : { REDIS_URL: redisUrl }
  const problems = (await nodes).map(async ({ file, version }) => {
    const { code, output, errors } = await run(file, [program], cwd, env)
    const quiet = errors === '' || mayWarn?.test(errors) === true
    const good = code === 0 && quiet && (prints ?? /^works\n$/).test(output)
    return good ? [] : [`Node ${version}, ${program}: ended with ${code}\n${output}${errors}`]
  })
  return (await Promise.all(problems)).flat()
}
