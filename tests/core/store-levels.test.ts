import diagnostics from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLimiter, type LevelsMessage, memoryStore, type StoreLevel } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { expect, it } from 'vitest'

const policy = fixedWindow({ limit: 5, window: '1h' })

/** What stores say of a limiter. */
function levelsOf(name: string): StoreLevel[] {
  const found: StoreLevel[] = []
  const tell: LevelsMessage = (level) => {
    if (level.limiter === name) found.push(level)
  }
  diagnostics.channel('sluice:levels').publish(tell)
  return found
}

it('a store in memory says, when it is asked, how many entries each policy has', () => {
  const store = memoryStore()
  const limiter = createLimiter({ name: 'levels', policies: { a: policy, b: policy }, store })
  expect(levelsOf('levels')).toEqual([])
  limiter.consumeSync('ann', { cost: { a: 1, b: 0 } })
  limiter.consumeSync('bob')
  expect(levelsOf('levels')).toEqual([
    { type: 'memory', limiter: 'levels', policy: 'a', entries: 2 },
    { type: 'memory', limiter: 'levels', policy: 'b', entries: 1 },
  ])
})

it('is held by nobody for it', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const use = (): void => {
    for (let i = 0; i < 300; i += 1) createLimiter({ name: 'brief', policy, store: memoryStore() }).consumeSync('ann')
  }
  use()
  expect(levelsOf('brief')).toHaveLength(300)
  // A WeakRef holds what it refers to until the turn ends.
  await setImmediate()
  collectGarbage()
  expect(levelsOf('brief').length).toBeLessThan(10)
})
