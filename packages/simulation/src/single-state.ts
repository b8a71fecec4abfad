import { decidingGate, fits, type Policy, type States, type Stored } from '@sluice/core'

/** The state of one client under one policy: what a limiter keeps in its store, without the store. */
export interface SingleState {
  /** Decides a request of cost 1 at this time, in ms since the epoch, as a limiter would. Returns whether it is admitted. */
  admits(time: number): boolean
  /** Back to nothing stored. */
  clear(): void
}

/** The deciding loop of core over a place for one state. */
export function singleState(policy: Policy): SingleState {
  let now = 0
  const slot = stateSlot()
  const gate = decidingGate({ policies: [{ policy, states: slot.states }], clock: () => now })
  const request = { key: '', mode: 'consume', costs: [1] } as const
  return {
    admits(time) {
      now = time
      const { views } = gate.applySync(request)
      return fits(policy, (views[0] as { readonly used: number }).used, 1)
    },
    clear: slot.clear,
  }
}

function stateSlot(): { readonly states: States<true>; clear(): void } {
  // NaN makes V8 treat the numbers as doubles from the start.
  const nothing = Number.NaN
  const stored: Stored = {
    used: nothing,
    mark: nothing,
    scale: nothing,
    expiresAt: nothing,
    counted: nothing,
    rest: undefined,
  }
  let isStored = false
  const clear = (): void => {
    isStored = false
    stored.rest = undefined
  }
  return {
    states: {
      find: () => (isStored ? true : undefined),
      read: (_place, into) => copy(stored, into),
      write(_key, _place, state) {
        copy(state, stored)
        isStored = true
      },
      remove: clear,
    },
    clear,
  }
}

/** By hand, because this runs for each request and `Object.assign` is far slower. */
function copy(from: Readonly<Stored>, into: Stored): void {
  into.used = from.used
  into.mark = from.mark
  into.scale = from.scale
  into.expiresAt = from.expiresAt
  into.counted = from.counted
  into.rest = from.rest
}
