import { compare } from '../src/comparison/compare.ts'
import { readLink } from '../src/comparison/link.ts'
import { packed } from '../src/comparison/packed-comparison.ts'
import { type LogRequest, logWorker } from '../src/log/log-worker.ts'

/** What the page asks its worker for. */
export interface WorkerRequest {
  readonly id: number
  /** The settings, as an address holds them. */
  readonly query: string
}

/** Answers the page's requests, one after the other, away from the page. */
export function startWorker(): void {
  const answerLog = logWorker(postMessage, nextTask)
  addEventListener('message', async ({ data }: MessageEvent<WorkerRequest | LogRequest>) => {
    if (!('query' in data)) return answerLog(data)
    const comparison = await compare(readLink(`?${data.query}`).settings)
    postMessage({ id: data.id, result: packed(comparison) })
  })
}

/** Resolves after the messages that have come meanwhile. A timer would cost 4 ms each time. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
