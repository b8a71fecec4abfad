import { parseArgs } from 'node:util'
import { createLimiter, type Policy, type Store } from '@sluice/core'
import { connect } from './connect.ts'
import { contests } from './contests.ts'

// One process of several that hammer one key. Prints, for each call, the server's date and whether it was allowed.
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    client: { type: 'string' },
    contest: { type: 'string' },
    prefix: { type: 'string' },
  },
})
const { url = '', client = '', contest = '', prefix = '' } = values
const callers = 16
const callsEach = 25

/** Calls one after the other; the store is wrapped to learn the date at which the server decided. */
async function call(store: Store, policy: Policy): Promise<[number, boolean][]> {
  let decidedAt = 0
  const dating: Store = {
    bind(limiter) {
      const gate = store.bind(limiter)
      return {
        apply: async (asks) => {
          const answers = await gate.apply(asks)
          for (const answer of answers) if (!(answer instanceof Error)) decidedAt = answer.now
          return answers
        },
      }
    },
  }
  const limiter = createLimiter({ name: contest, policy, store: dating, failure: 'throw', deadline: '1h' })
  const calls: [number, boolean][] = []
  for (let i = 0; i < callsEach; i += 1) {
    const { allowed } = await limiter.consume('hot')
    calls.push([decidedAt, allowed])
  }
  return calls
}

const { store, close } = await connect(client, url, { prefix, merge: true })
const policy = contests[contest]?.policy as Policy
const calls = await Promise.all(Array.from({ length: callers }, () => call(store, policy)))
console.log(JSON.stringify(calls.flat()))
await close()
