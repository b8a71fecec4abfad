import { setTimeout as delay } from 'node:timers/promises'

/** Waits for so many ms. */
export async function wait(ms: number): Promise<void> {
  await delay(ms)
}

/** Waits until something holds; throws when it does not within `limitMs`. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await attempt(holds))) {
    if (performance.now() > end) throw new Error(`Expected ${what} within ${limitMs} ms`)
    await wait(20)
  }
}

async function attempt(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await holds()
  } catch {
    return false
  }
}
