import type { CheckedLimiter } from '@sluice/config'
import { createLimiter, type Duration, memoryStore, parseDuration } from '@sluice/core'
import {
  boundaryBurst,
  burst,
  retryStorm,
  simulate,
  spike,
  steady,
  type Timeline,
  type Traffic,
  virtualClock,
} from '@sluice/simulation'
import { Command, Option } from 'commander'
import { UsageError } from './exit-code.ts'
import { chosenLimiters, readLimiters } from './read-document.ts'
import type { MakeCommand } from './run-sluice.ts'
import { barsText, countText, durationText, wrapped } from './spelled.ts'
import { styled, type Terminal } from './terminal.ts'

interface SimulateOptions {
  readonly pattern: string
  readonly duration: string
  readonly window?: string
  readonly json?: true
  readonly [option: string]: string | true | undefined
}

/** The patterns by name, each with the options that it takes besides the duration. */
const patterns: Readonly<Record<string, { readonly make: (options: never) => Traffic; readonly takes: string[] }>> = {
  steady: { make: steady, takes: ['rate', 'per', 'seed'] },
  burst: { make: burst, takes: ['size', 'every', 'spread'] },
  'boundary-burst': { make: boundaryBurst, takes: ['size', 'window', 'spread'] },
  spike: { make: spike, takes: ['rate', 'peak', 'per', 'from', 'lasting', 'seed'] },
  'retry-storm': { make: retryStorm, takes: ['clients', 'every', 'pause', 'attempts', 'seed'] },
}

const options: Readonly<Record<string, readonly [value: string, description: string]>> = {
  rate: ['count', 'steady, spike: requests in each --per'],
  per: ['time', 'steady, spike: 1s, 1m'],
  size: ['count', 'burst, boundary-burst: requests in one burst'],
  every: ['time', 'burst, retry-storm: from one to the next'],
  spread: ['time', 'burst, boundary-burst: how long a burst takes'],
  peak: ['count', 'spike: requests in each --per while it lasts'],
  from: ['time', 'spike: when it begins'],
  lasting: ['time', 'spike: how long it lasts'],
  clients: ['count', 'retry-storm: how many'],
  pause: ['time', 'retry-storm: from a refusal to the next try'],
  attempts: ['count', 'retry-storm: tries before giving up'],
  seed: ['number', 'random times, the same for the same seed'],
  window: ['time', 'boundary-burst, and what the worst window is of'],
}

/** `sluice simulate FILE NAME`: sends made-up traffic through a limiter, in virtual time. */
export const simulateCommand: MakeCommand = (terminal) => {
  const command = new Command('simulate')
    .description('Send made-up traffic through a limiter, in virtual time and in memory.')
    .argument('<file>', 'the document: JSON or YAML')
    .argument('<name>', 'the limiter')
    .addOption(new Option('--pattern <name>', 'what comes').choices(Object.keys(patterns)).default('steady'))
    .option('--duration <time>', 'how long', '1m')
  for (const [name, [value, description]] of Object.entries(options)) {
    command.option(`--${name} <${value}>`, description)
  }
  return command
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (file: string, name: string, given: SimulateOptions) => {
      const [[, limiter]] = chosenLimiters(await readLimiters(file, terminal), name, file) as [[string, CheckedLimiter]]
      const result = await run(limiter, given)
      terminal.write(given.json ? `${JSON.stringify(result, undefined, 2)}\n` : textOf(result, terminal))
    })
}

const help = `
Example:
  $ sluice simulate sluice.json api --pattern burst --size 50 --every 10s`

/** What came of it, with the window that the worst window is of. */
interface Simulated extends Timeline {
  readonly windowMs: number
}

const bars = 60

async function run({ policies }: CheckedLimiter, given: SimulateOptions): Promise<Simulated> {
  const windowMs = Math.max(...Object.values(policies).map(({ window }) => window))
  const window = (given.window ?? `${windowMs}ms`) as Duration
  const traffic = trafficOf({ ...given, ...(given.pattern === 'boundary-burst' && { window: String(window) }) })
  // Begins with a window of the epoch.
  const clock = virtualClock(Date.UTC(2026, 0, 1))
  const limiter = createLimiter({ name: 'simulate', policies, store: memoryStore({ clock: clock.now }) })
  const bucket = Math.max(1, Math.ceil(traffic.duration / bars))
  const timeline = await asUsage(() => simulate({ traffic, limiter, clock, bucket, window }))
  return { windowMs: parseDuration('window', window), ...timeline }
}

/** The traffic of what was typed. An option that the pattern does not take is a `UsageError`, as all that it refuses. */
function trafficOf({ pattern, duration, json: _, ...given }: SimulateOptions): Traffic {
  const { make, takes } = patterns[pattern] as (typeof patterns)[string]
  const typed = Object.entries(given).filter(([name]) => name !== 'window' || takes.includes(name))
  const other = typed.find(([name]) => !takes.includes(name))
  if (other !== undefined) {
    throw new UsageError(`Expected the options of ${pattern} to be among ${list(takes)}, got --${other[0]}`)
  }
  const values = typed.map(([name, value]) => [name, numberOrText(value as string)])
  try {
    return make({ duration, ...Object.fromEntries(values) } as never)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function asUsage<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function list(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(', ')
}

function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function textOf(result: Simulated, terminal: Terminal): string {
  const { totals, buckets, bucketMs, longestDelayMs, worstWindow, windowMs, start } = result
  const highest = Math.max(...buckets.map(({ asked }) => asked))
  const row = (label: string, key: 'asked' | 'admitted' | 'refused'): string =>
    `${label.padEnd(9)} ${countText(totals[key]).padStart(9)}  ${barsText(
      buckets.map((bucket) => bucket[key]),
      highest,
    )}`
  const waited = `${countText(totals.delayed)} waited for their turn, at most ${durationText(longestDelayMs)}.`
  const window = durationText(windowMs)
  return [
    row('asked', 'asked'),
    row('admitted', 'admitted'),
    styled(terminal, totals.refused > 0 ? 'red' : 'dim', row('refused', 'refused')),
    '',
    `One bar is ${durationText(bucketMs)}, the highest ${countText(highest)} requests.`,
    ...(totals.delayed > 0 ? [waited] : []),
    ...wrapped(
      worstWindow === undefined
        ? 'Nobody went ahead.'
        : `The most that one client got within any ${window}: ${countText(worstWindow.units)}, ${durationText(worstWindow.start - start)} after the start.`,
    ),
    '',
  ].join('\n')
}
