import { watch } from 'node:fs'
import { dirname } from 'node:path'

/** Calls `changed` some time after a file may have changed, until the function that it returns is called. */
export type Watch = (file: string, changed: () => void) => () => void

/** Editors write a file in several steps. */
const settleMs = 50

/**
 * Watches the folder of a file: editors replace the file, and Kubernetes a link beside it, so the file itself would soon be another.
 * Does not keep the process alive.
 */
export function watchFile(file: string, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const soon = (): void => {
    // Not put off by further changes, or a busy folder would put it off for ever.
    timer ??= setTimeout(() => {
      timer = undefined
      changed()
    }, settleMs).unref()
  }
  const watcher = watch(dirname(file), { persistent: false }, soon)
  watcher.on('error', soon)
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
