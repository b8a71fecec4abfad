import { join } from 'node:path'
import { startHelper } from '../helper-process.ts'
import { interleave } from '../interleave.ts'
import { progress } from '../progress.ts'
import { memoryContenders } from './contenders.ts'
import { type MemoryTask, type TimedCase, timedCases } from './task.ts'

/** What was found, by contender. */
export interface MemoryFigures {
  /** ns a call. */
  readonly times: Readonly<Record<TimedCase, Readonly<Record<string, number>>>>
  /** Bytes a key, at each of the counts. */
  readonly bytes: Readonly<Record<string, readonly number[]>>
  readonly counts: readonly number[]
  /** The most entries that a store with a bound held, and the bound. */
  readonly kept: number
  readonly cap: number
  /** Of `with` for so many tiers: ns a call for each at first, ns a call again, and the bytes that all leave behind. */
  readonly tiers: { readonly count: number; readonly first: number; readonly again: number; readonly bytes: number }
}

/** Measures all contenders in memory: each time in a fresh process. `quick` only shows that it works. */
export async function measureMemory({ quick }: { readonly quick: boolean }): Promise<MemoryFigures> {
  const [rounds, forMs, scale] = quick ? [1, 20, 100] : [5, 400, 1]
  const names = memoryContenders.map(({ name }) => name)
  const times: Partial<Record<TimedCase, Record<string, number>>> = {}
  for (const time of timedCases) {
    progress(`memory: ${time}, ${rounds} rounds of ${names.length} contenders`)
    const measure = async (contender: string): Promise<number> => only(await ask({ contender, time, forMs, scale }))
    times[time] = await interleave({ names, rounds, measure })
  }

  const counts = [1_000_000 / scale, 1_100_000 / scale]
  const bytes: Record<string, readonly number[]> = {}
  for (const contender of names) {
    progress(`memory: bytes, ${contender}`)
    bytes[contender] = await ask({ contender, bytesAt: counts })
  }

  const cap = 100_000 / scale
  const kept = only(await ask({ cap, keys: 2 * cap }))
  progress('memory: tiers')
  const tiers = 10_000
  const [first = Number.NaN, again = Number.NaN, left = Number.NaN] = await ask({ tiers })
  return {
    ...{ times: times as MemoryFigures['times'], bytes, counts, kept, cap },
    tiers: { count: tiers, first, again, bytes: left },
  }
}

async function ask(task: MemoryTask): Promise<number[]> {
  const helper = startHelper<MemoryTask, number[]>(join(import.meta.dirname, 'helper.ts'))
  try {
    return await helper.ask(task)
  } finally {
    helper.end()
  }
}

function only(values: readonly number[]): number {
  return values[0] as number
}
