import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node'

const lawTest = /^law (\d+):/
/** How many broken laws the line names. */
const mostNamed = 3

/** Ends a run with one line: what was proven, or was not, and on which Redis, clients and Node. */
export function provenReporter(): Reporter {
  let vitest: Vitest | undefined
  return {
    onInit(context) {
      vitest = context
    },
    onTestRunEnd(modules, errors, reason) {
      const outcome = summary(countTests(modules), { errors: errors.length, reason })
      const server = vitest?.getRootProject().getProvidedContext().redisServer ?? 'no Redis'
      vitest?.logger.log(`${outcome} On ${server}; ${clients()}; Node ${process.versions.node}.`)
    },
  }
}

/** How many tests passed and failed, and among them each law on each pair of algorithm and store. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly laws: ReadonlySet<string>
  readonly pairs: ReadonlySet<string>
  /** Each with its pair. */
  readonly brokenLaws: ReadonlySet<string>
}

/** One sentence about a run. Only a run without failures has proven anything. */
export function summary(
  { passed, failed, laws, pairs, brokenLaws }: Counts,
  { errors, reason }: { readonly errors: number; readonly reason: TestRunEndReason },
): string {
  const tests = plural(passed, 'test')
  if (failed > 0 || errors > 0 || reason !== 'passed') {
    const laws = [...brokenLaws].slice(0, mostNamed).join(', ')
    const others = brokenLaws.size > mostNamed ? ' and others' : ''
    return `Not proven: ${failed} of ${passed + failed} tests failed${laws && `, among them ${laws}${others}`}.`
  }
  if (laws.size === 0) return `Held: ${tests}; the laws were not tried.`
  return `Proven: ${plural(laws.size, 'law')} on ${plural(pairs.size, 'pair')} of algorithm and store, and ${tests} in all.`
}

function countTests(modules: readonly TestModule[]): Counts {
  const [laws, pairs, brokenLaws] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let [passed, failed] = [0, 0]
  for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
    const { state } = test.result()
    if (state === 'passed') passed += 1
    if (state === 'failed') failed += 1
    const law = lawTest.exec(test.name)?.[1]
    if (law === undefined || test.parent.type !== 'suite') continue
    if (state === 'passed') {
      laws.add(law)
      pairs.add(test.parent.name)
    }
    if (state === 'failed') brokenLaws.add(`law ${law} (${test.parent.name})`)
  }
  return { passed, failed, laws, pairs, brokenLaws }
}

/** The Redis clients that the tests import, each in the version that is installed. */
function clients(): string {
  const version = (name: string): string => {
    const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
  }
  return `ioredis ${version('ioredis')} and ${version('ioredis5')}, redis ${version('redis')} and ${version('redis5')}`
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
