import { parser } from '@prometheus-io/lezer-promql'

/** What a query of Prometheus asks for. */
export interface Query {
  /** Metrics by their names; a pattern for `__name__` is spelled out. */
  readonly metrics: ReadonlySet<string>
  /** Labels that it selects by, groups by, or joins on. */
  readonly labels: ReadonlySet<string>
}

/** Reads a query. Throws an `Error` where it is none. */
export function readQuery(text: string): Query {
  const metrics = new Set<string>()
  const labels = new Set<string>()
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      const own = text.slice(from, to)
      if (type.isError) throw new Error(`Expected a query, got ${text} with an error at ${from}`)
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(own)
      if (type.name !== 'LabelName') return
      if (own === '__name__') for (const name of namesIn(text.slice(to))) metrics.add(name)
      else labels.add(own)
    },
  })
  return { metrics, labels }
}

/** `=~"a(_b)?_c"`: `a_c` and `a_b_c`. */
function namesIn(matcher: string): readonly string[] {
  const [, pattern = ''] = /^\s*=~?\s*"([^"]*)"/.exec(matcher) ?? []
  const [, before, optional, after] = /^(\w+)\((\w+)\)\?(\w+)$/.exec(pattern) ?? []
  return optional === undefined ? [pattern] : [`${before}${after}`, `${before}${optional}${after}`]
}
