import { createLimiter, type Decision, StoredStateError } from '@sluice/core'
import { scriptStore } from '@sluice/redis-script'
import type { OpenedDocument } from './open-store.ts'
import type { RedisNode, RedisNodes } from './redis-nodes.ts'
import { type StoredName, storedNames } from './stored-name.ts'

/** How much one policy has counted for one key. */
export interface Usage {
  readonly key: string
  /** Only a hash of the key is stored. */
  readonly isHashed: boolean
  readonly used: number
  readonly limit: number
  readonly remaining: number
}

/** What was found in a part of the stored keys, or all of them. */
export interface Sample {
  /** Stored keys of the document that were looked at, each the state of one policy for one key. */
  readonly looked: number
  /** Of the prefix, and of no policy of the document. */
  readonly others: number
  /** Whether there are no more. */
  readonly isComplete: boolean
  /** Of each limiter and policy, by `limiter policy`. */
  readonly usages: ReadonlyMap<string, readonly Usage[]>
}

/** When a sample is large enough. */
export interface SampleBounds {
  /** So many states. */
  readonly most: number
  /** After so many ms, and what is then under way. */
  readonly withinMs: number
}

interface Sampling {
  looked: number
  others: number
  readonly seen: Set<string>
  readonly usages: Map<string, Usage[]>
}

const page = '500'

/**
 * Looks through stored keys by SCAN, server by server in turn, and peeks at what each has used: nothing is written, no command
 * takes long. What SCAN finds first is in the order of a hash, and so a sample.
 */
export async function sampleStore(opened: OpenedDocument, nodes: RedisNodes, bounds: SampleBounds): Promise<Sample> {
  const end = performance.now() + bounds.withinMs
  const sampling: Sampling = { looked: 0, others: 0, seen: new Set(), usages: new Map() }
  const names = storedNames(opened.prefix, opened.checked.limiters)
  const peeks = peeksOf(opened, nodes)
  const masters = await nodes.masters()
  const cursors = new Map<RedisNode, string>(masters.map((master) => [master, '0']))
  const isDone = (): boolean => sampling.looked >= bounds.most || performance.now() >= end

  while (cursors.size > 0) {
    for (const [master, cursor] of cursors) {
      const reply = await master.command('SCAN', cursor, 'MATCH', `${opened.prefix}:*`, 'COUNT', page)
      const [next, keys] = reply as readonly [unknown, readonly unknown[]]
      if (String(next) === '0') cursors.delete(master)
      else cursors.set(master, String(next))
      await look(sampling, keys.map(String), names, peeks)
      if (isDone()) return { ...sampling, isComplete: cursors.size === 0 }
    }
  }
  return { ...sampling, isComplete: true }
}

type Peek = (name: StoredName) => Promise<Decision | undefined>

/** Counts what these stored keys are, and asks once for each limiter and key among them. */
async function look(
  sampling: Sampling,
  stored: readonly string[],
  read: (storedKey: string) => StoredName | undefined,
  peek: Peek,
): Promise<void> {
  const asked = new Map<string, StoredName[]>()
  for (const one of stored) {
    // SCAN may tell of a key twice.
    if (sampling.seen.has(one)) continue
    sampling.seen.add(one)
    const name = read(one)
    if (name === undefined) {
      sampling.others += 1
      continue
    }
    sampling.looked += 1
    const id = JSON.stringify([name.limiter, name.isHashed, name.key])
    asked.set(id, [...(asked.get(id) ?? []), name])
  }
  await Promise.all(
    [...asked.values()].map(async (names) => {
      const decision = await peek(names[0] as StoredName)
      for (const name of names) record(sampling, name, decision)
    }),
  )
}

/** What cannot be read, or has expired meanwhile, is nobody's usage. */
function record({ usages }: Sampling, { key, isHashed, limiter, policy }: StoredName, decision?: Decision): void {
  const own = decision?.policies[policy]
  if (own === undefined || own.used === 0) return
  const { used, limit, remaining } = own
  const id = `${limiter} ${policy}`
  const known = usages.get(id) ?? []
  known.push({ key, isHashed, used, limit, remaining })
  usages.set(id, known)
}

/** Peeks by the limiters of a document. A key of which only a hash is known is asked for by that. */
function peeksOf(opened: OpenedDocument, nodes: RedisNodes): Peek {
  const byHash = new Map(Object.keys(opened.limiters).map((name) => [name, hashedLimiter(name, opened, nodes)]))
  return async ({ limiter, key, isHashed }) => {
    try {
      return isHashed ? await byHash.get(limiter)?.peek(key.slice(1)) : await opened.limiters[limiter]?.peek(key)
    } catch (error) {
      if (error instanceof StoredStateError) return undefined
      throw error
    }
  }
}

const standIn = /([{:])(#[\w-]{43})(?=[}:])/

/** The same limiter over a store in which `#` and a hash stands for the key that is stored as `%#` and that hash. */
function hashedLimiter(name: string, { checked, prefix }: OpenedDocument, nodes: RedisNodes) {
  const run =
    (command: string) =>
    (script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> => {
      const stored = keys.map((key) => key.replace(standIn, '$1%$2'))
      return nodes.command(command, script, `${keys.length}`, ...stored, ...args)
    }
  const store = scriptStore({ evalsha: run('EVALSHA'), eval: run('EVAL') }, { prefix, merge: false })
  const { policies, options } = checked.limiters[name] as OpenedDocument['checked']['limiters'][string]
  const { slot } = options
  return createLimiter({ name, policies, store, failure: 'throw', deadline: '5s', ...(slot !== undefined && { slot }) })
}
