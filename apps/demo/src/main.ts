import type { AccessLog } from '@sluice/simulation'
import type { Quota } from './comparison/algorithm.ts'
import { logCurves } from './log/log-curves.ts'
import { adviceText } from './log/log-text.ts'
import { logTable } from './log-table.ts'
import { type OpenStore, openStore } from './open-store.ts'
import { progressOn } from './progress.ts'
import { readArguments, type Settings, usage } from './read-arguments.ts'
import { readLog } from './read-log.ts'
import { replayLog } from './replay-log.ts'
import { serve } from './serve.ts'
import { UsageError } from './usage-error.ts'
import { firstError } from './watched-store.ts'

try {
  await run(readArguments(process.argv.slice(2), process.env))
} catch (error) {
  console.error(`demo: ${firstError(error).message}`)
  if (error instanceof UsageError) console.error(`\n${usage}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(settings: Settings): Promise<void> {
  if (settings.task === 'help') return console.log(usage)

  const store = await openStore(settings.store)
  try {
    console.error(`store: ${store.kind}`)
    if (settings.task === 'log') await printLog(settings, store)
    else await serveUntilStopped(settings, store)
  } finally {
    await store.close()
  }
}

async function printLog({ file, quota }: Extract<Settings, { readonly task: 'log' }>, store: OpenStore): Promise<void> {
  const progress = progressOn(process.stderr)
  const log = await readLog(file, progress)
  const replayed = await replayLog({ log, quota, store, progress })
  console.log(logTable({ log, quota, replayed, advice: await adviceOn(log, quota) }))
}

/** The curve is of limits that are bursts, too: where those were given apart, it would say nothing of them. */
async function adviceOn(log: AccessLog, { limit, window, burst }: Quota): Promise<string | undefined> {
  return burst === limit ? adviceText(await logCurves({ log, window, by: 'limit' })) : undefined
}

async function serveUntilStopped(
  { port }: Extract<Settings, { readonly task: 'serve' }>,
  store: OpenStore,
): Promise<void> {
  const serving = await serve({ store, port })
  if (port !== 0 && serving.port !== port) console.error(`port ${port} is taken, so this is port ${serving.port}`)
  console.log(serving.url)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  await serving.close()
}
