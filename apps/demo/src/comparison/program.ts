import type { Algorithm } from './algorithm.ts'
import { openAlgorithms, quotaFor } from './algorithms.ts'
import type { Settings } from './settings.ts'

/** A program that runs: the limiter of one algorithm, with the numbers of the settings, and one decision. */
export function programOf(algorithm: Algorithm, settings: Settings): string {
  const code = algorithm.code(quotaFor(algorithm, settings, settings.by))
  const factory = code.slice(0, code.indexOf('('))
  return [
    `import { createLimiter, ${factory} } from '${algorithm.packageName}'`,
    '',
    `const limiter = createLimiter({ policy: ${code} })`,
    '',
    "const { allowed, delayMs, retryAfterMs } = await limiter.consume('user:123')",
    'console.log(allowed, delayMs, retryAfterMs)',
    '',
  ].join('\n')
}

/** A program that runs: the limiters of all open lanes, asked for the same key. */
export function programOfAll(settings: Settings): string {
  const entries = openAlgorithms(settings).map((algorithm) => {
    const code = algorithm.code(quotaFor(algorithm, settings, settings.by))
    return { code, factory: code.slice(0, code.indexOf('(')), packageName: algorithm.packageName }
  })
  return [
    "import { createLimiter } from '@sluice/core'",
    ...entries.map(({ factory, packageName }) => `import { ${factory} } from '${packageName}'`),
    '',
    'const policies = {',
    ...entries.map(({ factory, code }) => `  ${factory}: ${code},`),
    '}',
    '',
    'for (const [name, policy] of Object.entries(policies)) {',
    "  const { allowed, remaining } = await createLimiter({ policy }).consume('user:123')",
    '  console.log(name, allowed, remaining)',
    '}',
    '',
  ].join('\n')
}
