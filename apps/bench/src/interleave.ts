import { median } from './median.ts'

/** What is measured in turns: `rounds` times A B C, so that what disturbs the machine disturbs all of them. */
export interface Interleaved<N extends string> {
  readonly names: readonly N[]
  readonly rounds: number
  measure(name: N): Promise<number>
}

/** The median of each. */
export async function interleave<N extends string>({
  names,
  rounds,
  measure,
}: Interleaved<N>): Promise<Record<N, number>> {
  const taken = new Map<N, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) taken.get(name)?.push(await measure(name))
  }
  return Object.fromEntries([...taken].map(([name, values]) => [name, median(values)])) as Record<N, number>
}
