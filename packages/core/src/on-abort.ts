import type { Signal } from './contract/limiter.ts'

const waiting = new WeakMap<Signal, { readonly acts: Set<() => void>; readonly listener: () => void }>()

/**
 * Acts when a signal fires, until the function that is returned is called. A signal has one listener of ours, however many
 * wait for it: Node 20 takes more than ten for a leak.
 */
export function onAbort(signal: Signal, act: () => void): () => void {
  const { acts } = waiting.get(signal) ?? listenTo(signal)
  acts.add(act)
  return () => {
    acts.delete(act)
    if (acts.size === 0) forget(signal, acts)
  }
}

function listenTo(signal: Signal): { readonly acts: Set<() => void>; readonly listener: () => void } {
  const acts = new Set<() => void>()
  const listener = (): void => {
    for (const act of acts) act()
  }
  const own = { acts, listener }
  waiting.set(signal, own)
  signal.addEventListener('abort', listener)
  return own
}

function forget(signal: Signal, acts: ReadonlySet<() => void>): void {
  const own = waiting.get(signal)
  if (own?.acts !== acts) return
  signal.removeEventListener('abort', own.listener)
  waiting.delete(signal)
}
