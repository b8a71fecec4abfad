import { writeFile } from 'node:fs/promises'
import type { CheckedLimiter } from '@sluice/config'
import { type AccessLog, judgesRounding } from '@sluice/simulation'
import { Command, Option } from 'commander'
import { type Difference, differenceOf } from './difference.ts'
import { exitCodes, UsageError } from './exit-code.ts'
import { policyCurves } from './policy-curve.ts'
import { type Progress, progressOn } from './progress.ts'
import { chosenLimiters, explained, readLimiters } from './read-document.ts'
import { readLogs } from './read-logs.ts'
import { mostRefused, refusedByPolicy, spanOf, timelineOf } from './refusals.ts'
import { type Candidate, type Replayed, replayLimiter } from './replay-limiter.ts'
import { replayReport } from './replay-report.ts'
import type { DocumentResult, LimiterResult, ReplayResult } from './replay-result.ts'
import { replayText } from './replay-text.ts'
import type { MakeCommand } from './run-sluice.ts'
import { countText, durationText, shareText } from './spelled.ts'
import type { Terminal } from './terminal.ts'

interface ReplayOptions {
  readonly config: string
  readonly compare?: string
  readonly limiter?: string
  readonly refuseAtMost: number
  readonly failAbove?: number
  readonly top: number
  readonly html?: string
  readonly json?: true
}

/** `sluice replay LOG… --config FILE`: whom the limiters of a document would have refused, when, and under which policy. */
export const replayCommand: MakeCommand = (terminal, end) =>
  new Command('replay')
    .description('Replay access logs through limiters: who would be refused, when, by which policy.')
    .argument('<log...>', 'combined, common, vhost, or JSON lines of nginx or Caddy; gzip; - is stdin')
    .requiredOption('--config <file>', 'the document whose limiters are tried')
    .option('--compare <file>', 'another document, to see the difference')
    .option('--limiter <name>', 'one limiter; default: each by itself')
    .addOption(
      new Option('--refuse-at-most <share>', 'which limit refuses no more of the clients')
        .default(0.005, '0.5%')
        .argParser(share),
    )
    .addOption(new Option('--fail-above <share>', 'exit 1 if --config refuses more clients').argParser(share))
    .addOption(new Option('--top <count>', 'how many clients are named').default(5).argParser(count))
    .option('--html <file>', 'write one page with plots')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (files: string[], options: ReplayOptions) => {
      const result = await run(files, options, terminal)
      if (options.html !== undefined) await save(options.html, replayReport(result))
      terminal.write(options.json ? `${JSON.stringify(result, undefined, 2)}\n` : replayText(result, terminal))
      if (isAbove(result, options, terminal)) end(exitCodes.no)
    })

const help = `
Each request counts 1 for its client. The store of the documents is not used:
all is replayed in memory, in the log's own time.

Exit codes: 0 done, 1 more than --fail-above, 2 wrong use or input.

Examples:
  $ sluice replay access.log --config sluice.json --html report.html
  $ sluice replay access.log.gz --config sluice.json --compare other.json
  $ cat access.log | sluice replay - --config sluice.json --limiter api \\
      --fail-above 40%`

function share(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100
  throw new UsageError(`Expected a share of the clients like 0.5%, got ${JSON.stringify(text)}`)
}

function count(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw new UsageError(`Expected --top to be a count from 1 to 9999, got ${JSON.stringify(text)}`)
}

async function save(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page)
  } catch (error) {
    throw new UsageError(explained(file, error as NodeJS.ErrnoException).replace('readable', 'writable'))
  }
}

function isAbove({ limiters }: ReplayResult, { failAbove }: ReplayOptions, terminal: Terminal): boolean {
  if (failAbove === undefined) return false
  const above = limiters.filter(({ documents }) => (documents[0]?.share ?? 0) > failAbove)
  for (const { limiter, documents } of above) {
    const found = shareText(documents[0]?.share ?? 0)
    terminal.writeError(`${limiter} refuses ${found} of the clients, more than ${shareText(failAbove)}\n`)
  }
  return above.length > 0
}

const stretches = 60

async function run(files: readonly string[], options: ReplayOptions, terminal: Terminal): Promise<ReplayResult> {
  // The documents first: they may be wrong, and a log may be long.
  const candidates = await candidatesOf(options, terminal)
  const progress = progressOn(terminal)
  const log = await readLogs(files, terminal, progress)

  const limiters: LimiterResult[] = []
  const differences: Difference[] = []
  for (const ofLimiter of candidates) {
    const replayed: Replayed[] = []
    for (const candidate of ofLimiter) replayed.push(await follow(log, candidate, progress))
    const [here, there] = replayed as [Replayed, Replayed?]
    if (there !== undefined) differences.push(differenceOf(log, here, there, options.top))
    const curves = await curvesOf(log, here, options, progress)
    const documents = replayed.map((one) => documentResult(log, one, options.top))
    limiters.push({ limiter: here.limiter, documents, curves })
  }
  const { malformed, firstMalformed } = log
  const read = { files, requests: log.times.length, clients: log.clients.length, ...spanOf(log) }
  return {
    log: { ...read, malformed, firstMalformed },
    refuseAtMost: options.refuseAtMost,
    limiters,
    differences,
    notes: [...roundingNotes(log, candidates.flat())],
  }
}

/** For each limiter that is tried: it, and the one of the same name that it is compared with. */
async function candidatesOf(
  { config, compare, limiter }: ReplayOptions,
  terminal: Terminal,
): Promise<readonly (readonly Candidate[])[]> {
  const here = chosenLimiters(await readLimiters(config, terminal), limiter, config)
  const there = compare === undefined ? {} : await readLimiters(compare, terminal)
  return here.map(([name, checked]) => {
    const own: Candidate = { file: config, limiter: name, checked }
    if (compare === undefined) return [own]
    const [[, other]] = chosenLimiters(there, name, compare) as [[string, CheckedLimiter]]
    return [own, { file: compare, limiter: name, checked: other }]
  })
}

async function follow(log: AccessLog, candidate: Candidate, progress: Progress): Promise<Replayed> {
  const all = countText(log.times.length)
  const replayed = await replayLimiter(log, candidate, (requests) =>
    progress.at(requests, () => `${candidate.limiter}: ${countText(requests)} of ${all} requests`),
  )
  progress.next()
  return replayed
}

async function curvesOf(
  log: AccessLog,
  { limiter, checked }: Candidate,
  { refuseAtMost }: ReplayOptions,
  progress: Progress,
): Promise<LimiterResult['curves']> {
  const all = countText(log.times.length)
  const curves = await policyCurves(log, checked, {
    refuseAtMost,
    onProgress: (requests) =>
      progress.at(requests, () => `${limiter}: curve of ${countText(requests)} of ${all} requests`),
  })
  progress.next()
  return curves
}

function documentResult(log: AccessLog, replayed: Replayed, top: number): DocumentResult {
  const { file, report, windowMs } = replayed
  const { admitted, refused, delayed, longestDelayMs, clientsRefused } = report
  return {
    file,
    admitted,
    refused,
    delayed,
    longestDelayMs,
    policies: refusedByPolicy(replayed),
    clientsRefused,
    share: clientsRefused / log.clients.length,
    mostRefused: mostRefused(log, replayed, top),
    timeline: timelineOf(log, replayed.outcomes, stretches),
    windowMs,
    mostInWindow: report.worstWindow?.units ?? 0,
  }
}

function roundingNotes(log: AccessLog, candidates: readonly Candidate[]): readonly string[] {
  const policies = candidates.flatMap(({ checked, limiter }) =>
    Object.entries(checked.policies).map(([name, { window }]) => ({ name: `${limiter}.${name}`, window })),
  )
  const short = policies.filter(({ window }) => judgesRounding({ log, window }))
  if (short.length === 0) return []
  const names = [...new Map(short.map(({ name, window }) => [name, `${name} (${durationText(window)})`])).values()]
  return [
    `The dates of this log are whole seconds: windows below 10s judge the rounding rather than the traffic: ${names.join(', ')}.`,
  ]
}
