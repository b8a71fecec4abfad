import type { StoreHealth } from '@sluice/core'
import { monotonicNow } from '@sluice/core/internal'
import { causeOf, type Link } from './link.ts'

/** Reports when a server stops answering a limiter, and when it answers again. */
export interface Outages {
  /** Reports the server of a link, which was to decide requests of the slot, unless it is up, or was reported. */
  down(link: Link, slot: number): void
  /** Reports those that are up again. */
  up(): void
}

/** The outages that one limiter comes across; `linkAt` says which server decides requests of a slot now. */
export function outages(
  linkAt: (slot: number) => Link,
  onHealth: ((health: StoreHealth) => void) | undefined,
): Outages {
  const reported = new Map<Link, { readonly since: number; readonly slot: number }>()

  const reportUp = (): void => {
    for (const [link, { since, slot }] of reported) {
      // In a Cluster another server may hold the slot by now, or none that is known.
      const now = linkAt(slot)
      if (!now.server.clock.known || causeOf(now) !== undefined) continue
      reported.delete(link)
      onHealth?.({ up: true, downMs: Math.round(monotonicNow() - since) })
    }
  }

  return {
    down(link, slot) {
      const cause = causeOf(link)
      if (cause === undefined || reported.has(link)) return
      const open = [link.breaker, link.server.breaker].filter((one) => one.cause !== undefined)
      reported.set(link, { since: Math.min(...open.map(({ since }) => since)), slot })
      onHealth?.({ up: false, cause })
    },
    up() {
      if (reported.size > 0) reportUp()
    },
  }
}
