/** Names and values of one series. */
export type Attributes = Readonly<Record<string, string>>

/** What is counted under the same name, for each combination of attributes. */
export interface SeriesTable<T> {
  /** The one with these values of its attributes; at first it is made. */
  at(...values: readonly string[]): T
  /** Those that there are. */
  all(): Iterable<readonly [Attributes, T]>
}

/** So many a metric has at most: fewer than the SDK of OpenTelemetry would hold. */
export const mostSeries = 1000

/** The value of each attribute in the series that takes what is beyond. */
export const otherValue = '_OTHER'

type Branch<T> = Map<string, Branch<T> | T>

/**
 * The series of one metric. However many values come, there are at most `mostSeries`: what is beyond counts in one more, whose
 * attributes all say `_OTHER`.
 */
export function seriesTable<T>(names: readonly string[], make: (attributes: Attributes) => T): SeriesTable<T> {
  const root: Branch<T> = new Map()
  const series: (readonly [Attributes, T])[] = []
  let other: T | undefined

  const added = (values: readonly string[]): T => {
    const attributes = Object.freeze(Object.fromEntries(names.map((name, i) => [name, values[i] as string])))
    const one = make(attributes)
    series.push([attributes, one])
    return one
  }

  const add = (values: readonly string[]): T => {
    if (series.length >= mostSeries) {
      other ??= added(names.map(() => otherValue))
      return other
    }
    const one = added(values)
    let branch = root
    for (const value of values.slice(0, -1)) {
      const next = (branch.get(value) ?? new Map()) as Branch<T>
      branch.set(value, next)
      branch = next
    }
    branch.set(values.at(-1) as string, one)
    return one
  }

  return {
    at(...values) {
      let found: Branch<T> | T | undefined = root
      for (let i = 0; i < values.length && found !== undefined; i += 1) {
        found = (found as Branch<T>).get(values[i] as string)
      }
      return found === undefined ? add(values) : (found as T)
    },
    all: () => series,
  }
}
