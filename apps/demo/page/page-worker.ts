import type { WorkerRequest } from './start-worker.ts'

/** Asks the page's worker, which is started at the first request. */
export interface PageWorker {
  ask(query: string): Promise<unknown>
}

/** The worker that makes the comparisons which would hold up the page. */
export function pageWorker(): PageWorker {
  const answers = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let worker: Worker | undefined
  let requests = 0

  const start = (): Worker => {
    const started = startScript()
    started.addEventListener('message', ({ data }: MessageEvent<{ readonly id: number; readonly result: unknown }>) => {
      answers.get(data.id)?.resolve(data.result)
      answers.delete(data.id)
    })
    started.addEventListener('error', ({ message }) => {
      for (const { reject } of answers.values()) reject(new Error(message || 'the worker could not be started'))
      answers.clear()
    })
    return started
  }
  return {
    ask(query) {
      worker ??= start()
      requests += 1
      const request: WorkerRequest = { id: requests, query }
      const answer = new Promise((resolve, reject) => answers.set(request.id, { resolve, reject }))
      worker.postMessage(request)
      return answer
    },
  }
}

/** A worker that reads logs: with a script of its own where the page has been written without that. */
export function startLogScript(): Worker {
  const { logScript } = document.documentElement.dataset
  return logScript === undefined ? startScript() : new Worker(logScript)
}

/** A worker with the script of the page: from its address, or, where the page is one file, from the text in it. */
function startScript(): Worker {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"]')
  if (script?.src) return new Worker(script.src, { type: 'module' })
  // The one file is bundled, so it needs no modules; and where a page comes from a folder, a module would not be started.
  return new Worker(URL.createObjectURL(new Blob([script?.textContent ?? ''], { type: 'text/javascript' })))
}
