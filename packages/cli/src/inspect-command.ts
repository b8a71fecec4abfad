import { type Policy, type PolicyDecision, StoredStateError } from '@sluice/core'
import { storedKey } from '@sluice/redis-script'
import { Command } from 'commander'
import { exitCodes, UsageError } from './exit-code.ts'
import { type OpenedDocument, withStore } from './open-store.ts'
import { chosenLimiters } from './read-document.ts'
import type { MakeCommand } from './run-sluice.ts'
import { countText, printable, spanText, wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'

interface InspectOptions {
  readonly config: string
  readonly limiter?: string
  readonly for?: readonly string[]
  readonly json?: true
}

/** `sluice inspect KEY`: what is counted for one key, by a peek, which writes nothing. */
export const inspectCommand: MakeCommand = (terminal, end) =>
  new Command('inspect')
    .description('Say what is counted for a key: used, left, full again, forgotten. Writes nothing.')
    .argument('<key>', 'whom limits count for, as the program gives it: user:123')
    .requiredOption('--config <file>', 'the document: JSON or YAML')
    .option('--limiter <name>', 'only this limiter')
    .option('--for <field=value...>', 'under the overrides that match: tenant=acme')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (key: string, options: InspectOptions) => {
      const found = await withStore(options.config, terminal, (opened) => inspect(key, options, opened))
      if (found.some(({ allowed }) => !allowed)) end(exitCodes.no)
      terminal.write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : textOf(key, found, terminal))
    })

const help = `
Exit codes: 0 a request of cost 1 would go ahead now, 1 it would be refused,
2 wrong use, 3 the store does not answer.

Example:
  $ sluice inspect user:123 --config redis.json --limiter api`

/** The state of one policy, as a peek tells it. */
interface InspectedPolicy
  extends Pick<PolicyDecision, 'allowed' | 'limit' | 'used' | 'remaining' | 'retryAfterMs' | 'resetAfterMs'> {
  readonly policy: string
  /** On Redis: the name of its state, of which a long key is only a hash. */
  readonly storedKey?: string
  /** On Redis: `null` when nothing is stored. */
  readonly forgottenAfterMs?: number | 'never' | null
}

interface Inspected {
  readonly limiter: string
  readonly allowed: boolean
  readonly policies: readonly InspectedPolicy[]
  /** What is stored is not the state of the policies. */
  readonly problem?: string
}

async function inspect(key: string, options: InspectOptions, opened: OpenedDocument): Promise<readonly Inspected[]> {
  const subject = subjectOf(options.for)
  const chosen = chosenLimiters(opened.checked.limiters, options.limiter, opened.file)
  const found: Inspected[] = []
  for (const [name, { policies }] of chosen) found.push(await inspectOne(key, name, policies, { subject, opened }))
  return found
}

interface Inspecting {
  readonly subject: Readonly<Record<string, string>>
  readonly opened: OpenedDocument
}

async function inspectOne(
  key: string,
  limiter: string,
  policies: Readonly<Record<string, Policy>>,
  { subject, opened }: Inspecting,
): Promise<Inspected> {
  try {
    const decision = await opened.limiters[limiter]?.for(subject).peek(key)
    const own = Object.entries(decision?.policies ?? {})
    const inspected = own.map(async ([name, one]): Promise<InspectedPolicy> => {
      const { allowed, limit, used, remaining, retryAfterMs, resetAfterMs } = one
      const stored = await storedOf(key, limiter, [name, policies[name] as Policy], opened)
      return { policy: name, allowed, limit, used, remaining, retryAfterMs, resetAfterMs, ...stored }
    })
    return { limiter, allowed: decision?.allowed ?? false, policies: await Promise.all(inspected) }
  } catch (error) {
    if (!(error instanceof StoredStateError)) throw error
    return { limiter, allowed: false, policies: [], problem: error.message }
  }
}

/** On Redis, the name of a state, and when it expires. */
async function storedOf(
  key: string,
  limiter: string,
  [name, { format }]: readonly [string, Policy],
  { checked, nodes, prefix }: OpenedDocument,
): Promise<Pick<InspectedPolicy, 'storedKey' | 'forgottenAfterMs'>> {
  if (nodes === undefined) return {}
  const slot = checked.limiters[limiter]?.options.slot
  const stored = storedKey(prefix, key, limiter, name, format, slot)
  const ms = Number(await nodes.command('PTTL', stored))
  return { storedKey: stored, forgottenAfterMs: ms === -2 ? null : ms === -1 ? 'never' : ms }
}

/** `tenant=acme` and others as the fields of a subject. */
function subjectOf(given: readonly string[] = []): Readonly<Record<string, string>> {
  const fields = given.map((text) => {
    const [field = '', ...value] = text.split('=')
    if (field !== '' && value.length > 0) return [field, value.join('=')]
    throw new UsageError(`Expected --for to be given fields like tenant=acme, got ${JSON.stringify(text)}`)
  })
  return Object.fromEntries(fields)
}

function textOf(key: string, found: readonly Inspected[], terminal: Terminal): string {
  const width = Math.max(...found.flatMap(({ policies }) => policies.map(({ policy }) => policy.length)), 0)
  const lines = found.flatMap(({ limiter, allowed, policies, problem }) => [
    `${styled(terminal, 'bold', limiter)}  ${printable(key)}: ${
      allowed ? styled(terminal, 'green', 'goes ahead') : styled(terminal, 'red', 'refused')
    }`,
    ...policies.map((policy) => `  ${policy.policy.padEnd(width)}  ${stateText(policy)}`),
    ...(problem === undefined ? [] : wrapped(`  ${printable(problem, 400)}`, 2)),
  ])
  return `${lines.join('\n')}\n`
}

function stateText(policy: InspectedPolicy): string {
  const { limit, used, remaining, resetAfterMs, forgottenAfterMs } = policy
  const left = remaining === 0 ? `nothing left, ${againText(policy)}` : `${countText(remaining)} left`
  const full = resetAfterMs === 0 ? 'full' : `full again in ${spanText(resetAfterMs)}`
  const counted = `used ${countText(used)} of ${countText(limit)}, ${left}; ${full}`
  if (forgottenAfterMs === undefined) return counted
  return `${counted}; ${forgottenText(forgottenAfterMs)}`
}

function againText({ retryAfterMs }: InspectedPolicy): string {
  return retryAfterMs === Number.POSITIVE_INFINITY ? 'and never will be' : `one in ${spanText(retryAfterMs)}`
}

function forgottenText(ms: number | 'never' | null): string {
  if (ms === null) return 'nothing is stored'
  return ms === 'never' ? 'never forgotten, which is wrong' : `forgotten in ${spanText(ms)}`
}
