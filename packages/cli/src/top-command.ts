import { parseDurationText } from '@sluice/core'
import { Command } from 'commander'
import { UsageError } from './exit-code.ts'
import { type OpenedDocument, withStore } from './open-store.ts'
import type { RedisNodes } from './redis-nodes.ts'
import type { MakeCommand } from './run-sluice.ts'
import { type Sample, sampleStore, type Usage } from './sample-store.ts'
import { countText, printable, shareText, wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'
import { type Row, textTable } from './text-table.ts'
import { troubleOf } from './trouble.ts'

interface TopOptions {
  readonly config: string
  readonly limiter?: string
  readonly count: string
  readonly sample: string
  readonly within: string
  readonly json?: true
}

/** `sluice top`: who uses most of which policy, in a sample of what is stored. */
export const topCommand: MakeCommand = (terminal) =>
  new Command('top')
    .description('Say who uses most of which policy, in a sample of what is stored on Redis.')
    .requiredOption('--config <file>', 'the document: JSON or YAML')
    .option('--limiter <name>', 'only this limiter')
    .option('--count <keys>', 'how many to show of each policy', '10')
    .option('--sample <states>', 'how many to look at, at most', '10000')
    .option('--within <time>', 'how long to look, at most', '5s')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (options: TopOptions) => {
      const top = await withStore(options.config, terminal, (opened) => topOf(opened, options))
      terminal.write(options.json ? `${JSON.stringify(top, undefined, 2)}\n` : textOf(top, terminal))
    })

const help = `
Reads by SCAN, a page at a time, never by KEYS, and writes nothing. Limits are
those of the limiter: who has others by an override is told by these, too.

Example:
  $ sluice top --config redis.json --count 3`

interface TopPolicy {
  readonly limiter: string
  readonly policy: string
  /** How many keys of the sample have used anything. */
  readonly inUse: number
  readonly keys: readonly Usage[]
}

interface Top extends Pick<Sample, 'looked' | 'others' | 'isComplete'> {
  /** All keys of the databases, whosever; absent where DBSIZE is not permitted. */
  readonly databaseKeys?: number
  readonly policies: readonly TopPolicy[]
}

async function topOf(opened: OpenedDocument, options: TopOptions): Promise<Top> {
  const { nodes, file, checked } = opened
  const count = positive('--count', options.count)
  const bounds = { most: positive('--sample', options.sample), withinMs: durationOf(options.within) }
  if (options.limiter !== undefined && !Object.hasOwn(checked.limiters, options.limiter)) {
    const names = Object.keys(checked.limiters).join(', ')
    throw new UsageError(
      `Expected a limiter of ${JSON.stringify(file)}, ${names}, got ${JSON.stringify(options.limiter)}`,
    )
  }
  if (nodes === undefined) {
    throw new UsageError(`Expected the store of ${JSON.stringify(file)} to be on Redis, got ${checked.store.driver}`)
  }
  const { usages, ...sample } = await permitted(sampleStore(opened, nodes, bounds))
  const shown = Object.entries(checked.limiters).filter(([name]) => name === (options.limiter ?? name))
  const policies = shown.flatMap(([limiter, one]) =>
    Object.keys(one.policies).map((policy): TopPolicy => {
      const all = usages.get(`${limiter} ${policy}`) ?? []
      return { limiter, policy, inUse: all.length, keys: [...all].sort(byShare).slice(0, count) }
    }),
  )
  const { looked, others, isComplete } = sample
  return { looked, others, isComplete, ...(await databaseKeys(nodes)), policies }
}

function byShare(one: Usage, other: Usage): number {
  return other.used / other.limit - one.used / one.limit || (one.key < other.key ? -1 : 1)
}

/** Least permissions are for limiters, which never look through keys. */
async function permitted<T>(task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (troubleOf(error, '').code !== 'NOPERM') throw error
    throw new UsageError('Expected the user to be permitted SCAN, it is not: +scan, and +dbsize, or another user')
  }
}

async function databaseKeys(nodes: RedisNodes): Promise<Pick<Top, 'databaseKeys'>> {
  try {
    const sizes = await Promise.all((await nodes.masters()).map((master) => master.command('DBSIZE')))
    return { databaseKeys: sizes.reduce<number>((sum, size) => sum + Number(size), 0) }
  } catch {
    return {}
  }
}

function positive(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`Expected ${option} to be a positive integer, got ${JSON.stringify(text)}`)
}

function durationOf(text: string): number {
  try {
    return parseDurationText('--within', text as '5s')
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function textOf({ looked, others, isComplete, databaseKeys, policies }: Top, terminal: Terminal): string {
  const part = databaseKeys === undefined ? '' : `, of ${countText(databaseKeys)} keys in the database`
  const head = isComplete
    ? `All ${countText(looked)} states of the document`
    : `A sample of ${countText(looked)} states of the document`
  const rest = others === 0 ? '' : ` Of the same prefix, and not of its policies: ${countText(others)}.`
  const isHashed = policies.some(({ keys }) => keys.some((one) => one.isHashed))
  return [
    ...wrapped(`${head}${part}.${rest}`),
    ...policies.flatMap((policy) => policyLines(policy, terminal)),
    ...(isHashed ? ['', '%#… is the hash of a key of more than 200 characters.'] : []),
    '',
  ].join('\n')
}

function policyLines({ limiter, policy, inUse, keys }: TopPolicy, terminal: Terminal): string[] {
  const title = styled(terminal, 'bold', `${limiter} ${policy}`)
  if (keys.length === 0) return ['', `${title}: nobody has used anything.`]
  const rows = keys.map(({ key, used, limit, remaining }): Row => {
    return [printable(key), countText(used), countText(limit), shareText(used / limit), countText(remaining)]
  })
  return ['', `${title}: ${countText(inUse)} in use`, ...textTable([['key', 'used', 'of', 'share', 'left'], ...rows])]
}
