import { parseArgs } from 'node:util'
import { type Ask, createLimiter, type Decision, type Limiter, type Policy, type Store } from '@sluice/core'
import { connect } from './connect.ts'
import { contests } from './contests.ts'
import { sequence } from './sequence.ts'

/** One call, as it was made and answered. */
export interface Recorded {
  readonly key: string
  readonly mode: 'consume' | 'peek' | 'refund'
  readonly cost: number
  /** Where the server put it: the number of its script on the key, and its place among the asks of this process. */
  readonly script: number
  readonly place: number
  readonly now: number
  readonly decision: Decision
}

// One process of several that record what they ask of a few keys and what they are told.
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    client: { type: 'string' },
    contest: { type: 'string' },
    prefix: { type: 'string' },
    merge: { type: 'string' },
    seed: { type: 'string' },
  },
})
const { url = '', client = '', contest = '', prefix = '', merge = '', seed = '1' } = values
const callers = 8
const callsEach = 40

let state = Number(seed)
const random = (below: number): number => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}

let places = 0

/** A limiter of one caller, whose calls come one after the other, and where the server put its last call. */
function recording(
  store: Store,
  policy: Policy,
): { limiter: Limiter; last: { script: number; place: number; now: number } } {
  const last = { script: 0, place: 0, now: 0 }
  const noting: Store = {
    bind(binding) {
      const gate = gates.get(store) ?? store.bind(binding)
      gates.set(store, gate)
      return {
        apply: async (asks: readonly Ask[]) => {
          places += 1
          const place = places
          const answers = await gate.apply(asks)
          const [answer] = answers
          if (answer === undefined || answer instanceof Error) throw answer
          Object.assign(last, { place, now: answer.now, script: answer.views[1]?.mark })
          return answers
        },
      }
    },
  }
  return {
    limiter: createLimiter({
      name: contest,
      policies: { main: policy, sequence },
      store: noting,
      failure: 'throw',
      deadline: '1h',
    }),
    last,
  }
}

// All callers of a process share one gate, so that their calls are merged.
const gates = new Map<Store, ReturnType<Store['bind']>>()

async function call(store: Store, policy: Policy): Promise<Recorded[]> {
  const { limiter, last } = recording(store, policy)
  const recorded: Recorded[] = []
  for (let i = 0; i < callsEach; i += 1) {
    const key = `key:${random(3)}`
    const mode = (['consume', 'consume', 'consume', 'consume', 'peek', 'refund'] as const)[random(6)] ?? 'consume'
    const cost = random(4)
    const decision = await limiter[mode](key, { cost: { main: cost, sequence: 0 } })
    recorded.push({ key, mode, cost, ...last, decision })
  }
  return recorded
}

const { store, close } = await connect(client, url, { prefix, merge: merge === 'merged' })
const policy = contests[contest]?.policy as Policy
const recorded = await Promise.all(Array.from({ length: callers }, () => call(store, policy)))
console.log(JSON.stringify(recorded.flat(), (_, value) => (value === Number.POSITIVE_INFINITY ? 'never' : value)))
await close()
