import { open } from 'node:fs/promises'
import { readAccessLog } from '@sluice/simulation'
import { logTable } from './log-table.ts'
import { type OpenStore, openStore } from './open-store.ts'
import { readArguments, type Settings, usage } from './read-arguments.ts'
import { replayLog } from './replay-log.ts'
import { serve } from './serve.ts'
import { UsageError } from './usage-error.ts'

try {
  await run(readArguments(process.argv.slice(2), process.env))
} catch (error) {
  console.error(`demo: ${(error as Error).message}`)
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
  const handle = await open(file)
  const log = await readAccessLog(handle.readLines())
  if (log.records.length === 0) {
    throw new Error(`Expected ${file} to be an access log in common or combined format, found no line of one`)
  }
  console.log(logTable({ log, quota, reports: await replayLog(log, quota, store) }))
}

async function serveUntilStopped(
  { port }: Extract<Settings, { readonly task: 'serve' }>,
  store: OpenStore,
): Promise<void> {
  const serving = await serve({ store, port })
  console.log(serving.url)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  await serving.close()
}
