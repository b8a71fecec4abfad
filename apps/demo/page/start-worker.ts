import { compare } from '../src/comparison/compare.ts'
import { readLink } from '../src/comparison/link.ts'
import { packed } from '../src/comparison/packed-comparison.ts'

/** What the page asks its worker for. */
export interface WorkerRequest {
  readonly id: number
  /** The settings, as an address holds them. */
  readonly query: string
}

/** Answers the page's requests, one after the other, away from the page. */
export function startWorker(): void {
  addEventListener('message', async ({ data }: MessageEvent<WorkerRequest>) => {
    const comparison = await compare(readLink(`?${data.query}`).settings)
    postMessage({ id: data.id, result: packed(comparison) })
  })
}
