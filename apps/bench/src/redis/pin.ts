import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Keeps a process, all its threads, on one core. Says whether that could be done: it takes two cores and `taskset`. */
export function pin(pid: number, core: number): boolean {
  if (availableParallelism() < 2) return false
  try {
    execFileSync('taskset', ['-a', '-c', '-p', `${core}`, `${pid}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
