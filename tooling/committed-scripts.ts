import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Policy } from '@sluice/core'
import { assemble } from '../packages/redis-script/src/script/assemble.ts'
import { findAlgorithms, root } from './packages.ts'

/** A script as it is sent to Redis, and the file in which it can be read. */
export interface CommittedScript {
  /** From the root. */
  readonly file: string
  readonly source: string
}

const hourMs = 3_600_000

/** The scripts of each algorithm, in its folder, and those of two policies in one decision. */
export async function committedScripts(): Promise<readonly CommittedScript[]> {
  const named = (await findAlgorithms()).map((one) => [one.name, one.policy(one.quota(5, hourMs))] as const)
  const policies = Object.fromEntries(named)
  const two = ['token-bucket', 'fixed-window'].map((name) => policies[name] as Policy)
  return [
    ...named.flatMap(([name, policy]) => scriptsOf([policy], `packages/algorithms/${name}/scripts/`)),
    ...scriptsOf(two, 'packages/redis-script/scripts/token-bucket-and-fixed-window.'),
  ]
}

function scriptsOf(policies: readonly Policy[], stem: string): CommittedScript[] {
  const { lone, batch } = assemble(policies, 'server')
  return [
    { file: `${stem}lone.lua`, source: `${lone.source}\n` },
    { file: `${stem}batch.lua`, source: `${batch.source}\n` },
  ]
}

/** Writes a script to its file, in a folder that exists. */
export function writeScript({ file, source }: CommittedScript): void {
  writeFileSync(join(root, file), source)
}
