import type { ServerResponse } from 'node:http'
import { type CheckResult, checkOnStore } from './check-on-store.ts'
import { readLink } from './comparison/link.ts'
import type { OpenStore } from './open-store.ts'
import { headers, sendJson } from './send-json.ts'
import { StoreTroubleError } from './watched-store.ts'

/** One line of an answer: how far the check is, and in the last line what came of it. */
export type CheckLine =
  | { readonly decided: number; readonly outOf: number }
  | { readonly result: CheckResult; readonly limitMs: number }
  | { readonly error: string }

interface SendCheckOptions {
  /** The settings, as an address holds them. */
  readonly search: string
  readonly store: OpenStore
  /** Ms that the check may take. */
  readonly limitMs: number
}

const progressEveryMs = 100

/** Answers whether the store decides as memory does: lines of JSON, as the check goes on. */
export async function sendCheck(response: ServerResponse, { search, store, limitMs }: SendCheckOptions): Promise<void> {
  const { settings, problems } = readLink(search)
  if (problems.length > 0) return sendJson(response, 400, { error: problems.join(' ') })
  // The page closes its connection when its controls have moved on: then nobody waits for the answer.
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const send = (line: CheckLine): void => {
    if (!response.headersSent) {
      response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson; charset=utf-8' })
    }
    response.write(`${JSON.stringify(line)}\n`)
  }
  const onProgress = atMostEvery(progressEveryMs, (decided: number, outOf: number) => send({ decided, outOf }))
  try {
    const options = { signal: gone.signal, timeUp: AbortSignal.timeout(limitMs), onProgress }
    send({ result: await checkOnStore(settings, store, options), limitMs })
  } catch (error) {
    if (!gone.signal.aborted) send({ error: sentence(error as Error, store) })
  }
  response.end()
}

function sentence(error: Error, { kind }: OpenStore): string {
  return error instanceof StoreTroubleError ? error.message : `The ${kind} store failed: ${error.message}`
}

/** The same function, called at once and then at most once in so many ms. */
function atMostEvery(
  ms: number,
  call: (decided: number, outOf: number) => void,
): (decided: number, outOf: number) => void {
  let last = Number.NEGATIVE_INFINITY
  return (decided, outOf) => {
    const now = performance.now()
    if (now - last < ms) return
    last = now
    call(decided, outOf)
  }
}
