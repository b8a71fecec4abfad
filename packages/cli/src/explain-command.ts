import type { CheckedLimiter } from '@sluice/config'
import { createLimiter, memoryStore, type Policy } from '@sluice/core'
import { Command } from 'commander'
import { measureOnRedis } from './measure-on-redis.ts'
import { withStore } from './open-store.ts'
import { type PolicyPromise, promiseOf } from './promise.ts'
import { chosenLimiters, readLimiters } from './read-document.ts'
import type { MakeCommand } from './run-sluice.ts'
import { countText, durationText, wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'

/** `sluice explain FILE [NAME]`: what the limiters of a document let one client have, in words and numbers. */
export const explainCommand: MakeCommand = (terminal) =>
  new Command('explain')
    .description('Say what limiters let one client have: at once, in the long run, the most in any window.')
    .argument('<file>', 'the document: JSON or YAML')
    .argument('[name]', 'one limiter; default: all')
    .option('--measure', 'open the store, and measure a key on Redis')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (file: string, name: string | undefined, { json, measure }: ExplainOptions) => {
      const limiters = chosenLimiters(await readLimiters(file, terminal), name, file)
      const measured = measure ? await withStore(file, terminal, (opened) => measureOnRedis(opened, name)) : undefined
      const explained = limiters.map(([one, limiter]) => explain(one, limiter, measured?.[one]))
      terminal.write(json ? `${JSON.stringify(explained, undefined, 2)}\n` : textOf(explained, terminal))
    })

interface ExplainOptions {
  readonly json?: true
  readonly measure?: true
}

const help = `
Numbers are requests of cost 1. The bytes of a key are those that count against
\`maxBytes\` in memory, for a key like user:123456, with its first request and
at most. The store of the document is not opened, but with --measure: then a key
is written there, measured with its first request, and removed.

Example:
  $ sluice explain sluice.json api`

interface ExplainedPolicy extends PolicyPromise {
  readonly policy: string
  readonly algorithm: string
  readonly options: Readonly<Record<string, unknown>>
  readonly bytes: { readonly first: number; readonly most: number; readonly onRedis?: number }
}

interface ExplainedLimiter {
  readonly limiter: string
  readonly options: CheckedLimiter['options']
  readonly policies: readonly ExplainedPolicy[]
  readonly overrides: readonly Readonly<Record<string, string>>[]
}

function explain(
  limiter: string,
  { policies, sources, options, overrides }: CheckedLimiter,
  measured: Readonly<Record<string, number>> = {},
): ExplainedLimiter {
  const explained = Object.entries(policies).map(([name, policy]): ExplainedPolicy => {
    const source = sources[name] as CheckedLimiter['sources'][string]
    const { algorithm } = policy
    return {
      policy: name,
      algorithm,
      options: source.options,
      ...promiseOf(policy, source),
      bytes: { ...bytesOf(policy), ...(Object.hasOwn(measured, name) && { onRedis: measured[name] as number }) },
    }
  })
  return { limiter, options, policies: explained, overrides: overrides.map(({ match }) => match) }
}

/** How many bytes a key of usual length counts as in memory. */
function bytesOf(policy: Policy): ExplainedPolicy['bytes'] {
  const store = memoryStore()
  createLimiter({ name: 'explain', policy, store }).consumeSync('user:123456')
  const [entry] = store.entries()
  const ofRest = policy.restBytes?.of(entry?.stored.rest) ?? 0
  return { first: store.bytes, most: store.bytes - ofRest + (policy.restBytes?.most ?? 0) }
}

function textOf(limiters: readonly ExplainedLimiter[], terminal: Terminal): string {
  return limiters.map((one) => limiterText(one, terminal)).join('\n')
}

function limiterText({ limiter, options, policies, overrides }: ExplainedLimiter, terminal: Terminal): string {
  const settings = Object.entries(options).map(([option, value]) => `${option} ${value}`)
  const others = overrides.map((match) =>
    Object.entries(match)
      .map(([field, value]) => `${field} ${value}`)
      .join(' and '),
  )
  return [
    `${styled(terminal, 'bold', limiter)}${settings.length === 0 ? '' : `  (${settings.join(', ')})`}`,
    ...policies.flatMap((policy) => policyLines(policy, terminal)),
    ...(policies.length > 1 ? ['  A request goes ahead when all policies admit it; else none is charged.'] : []),
    ...(others.length === 0 ? [] : [`  Other numbers for ${others.join('; ')}.`]),
    '',
  ].join('\n')
}

function policyLines(policy: ExplainedPolicy, terminal: Terminal): string[] {
  const { algorithm, options, sentence, bytes } = policy
  const window = durationText(policy.windowMs)
  const given = Object.entries(options).map(([option, value]) => `${option} ${value}`)
  return [
    `  ${styled(terminal, 'bold', policy.policy)}  ${algorithm}: ${given.join(', ')}`,
    ...wrapped(`    ${sentence}`, 4),
    `    at once          ${countText(policy.atOnce)}`,
    `    in the long run  ${countText(policy.inTheLongRun)} in ${window}`,
    `    at most          ${countText(policy.inAnyWindow)} in any ${window}`,
    `    a key takes      ${bytesText(bytes)}`,
  ]
}

function bytesText({ first, most, onRedis }: ExplainedPolicy['bytes']): string {
  const text = first === most ? countText(first) : `${countText(first)} to ${countText(most)}`
  const measured = onRedis === undefined ? '' : `, ${countText(onRedis)} on Redis with its first request`
  return `${text} bytes in memory${measured}`
}
