import { type ChildProcess, fork } from 'node:child_process'

/**
 * A process of its own, in which nothing but one contender has run. It answers one task at a time, and is stopped in
 * between: timers that it has left behind must not run while another is measured.
 */
export interface HelperProcess<T, R> {
  readonly pid: number
  ask(task: T): Promise<R>
  end(): void
}

const running = new Set<ChildProcess>()

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

type Reply<R> = { readonly result: R } | { readonly error: string }

/** Starts a program that calls `serveTasks`. It ends with this process at the latest. */
export function startHelper<T extends object, R>(file: string): HelperProcess<T, R> {
  const child = fork(file, { execArgv: ['--expose-gc', '--conditions=@sluice/source'] })
  running.add(child)

  return {
    pid: child.pid as number,
    ask: (task) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null): void =>
          reject(new Error(`Expected ${file} to answer, it ended with ${code}`))
        child.once('exit', ended)
        child.once('message', (reply: Reply<R>) => {
          child.removeListener('exit', ended)
          child.kill('SIGSTOP')
          if ('result' in reply) resolve(reply.result)
          else reject(new Error(reply.error))
        })
        child.kill('SIGCONT')
        child.send(task)
      }),
    end: () => {
      running.delete(child)
      child.kill('SIGKILL')
    },
  }
}

/** The other side: does each task that arrives, and sends back what came of it. */
export function serveTasks<T, R>(run: (task: T) => Promise<R>): void {
  process.once('disconnect', () => process.exit())
  process.on('message', (task: T) => {
    run(task).then(
      (result) => process.send?.({ result }),
      (error: Error) => process.send?.({ error: error.stack ?? error.message }),
    )
  })
}
