import {
  type CounterName,
  definitions,
  type HistogramName,
  isHistogram,
  type MetricName,
  metricNames,
} from './definitions.ts'
import { type Histogram, histogram } from './histogram.ts'
import { prometheusText } from './prometheus-text.ts'
import type { Attributes } from './series.ts'
import { watchLimiters } from './watch-limiters.ts'

/** The number of one series of a counter or a gauge. */
export interface CountedSeries {
  readonly attributes: Attributes
  readonly value: number
}

/** What one series of a histogram has counted. */
export interface HistogramSeries {
  readonly attributes: Attributes
  readonly count: number
  readonly sum: number
  /** How many values were at most so much; the last, `Infinity`, counts all. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[]
}

/** All metrics by their names, as they were at one moment. Plain data. */
export type Snapshot = {
  readonly [N in MetricName]: N extends HistogramName ? readonly HistogramSeries[] : readonly CountedSeries[]
}

/** The metrics of all limiters of this process. */
export interface LimiterMetrics {
  /** What has been counted since the beginning, and what stores hold now. */
  snapshot(): Snapshot
  /** The same in the text format of Prometheus. */
  text(): string
  /** Stops counting. */
  stop(): void
}

/**
 * Counts what all limiters of the process do from now on. Throws an `Error` where the runtime has no `node:diagnostics_channel`.
 */
export function limiterMetrics(): LimiterMetrics {
  const watch = watchLimiters((name) => histogram(definitions[name].bounds))

  const snapshot = (): Snapshot => {
    const { cells, distributions } = watch.read()
    const series = (name: MetricName): readonly (CountedSeries | HistogramSeries)[] =>
      isHistogram(name)
        ? Array.from(distributions[name].all(), ([attributes, one]) => toSeries(attributes, one as Histogram))
        : Array.from(cells[name as CounterName].all(), ([attributes, { value }]) => ({ attributes, value }))
    return Object.fromEntries(metricNames.map((name) => [name, series(name)])) as unknown as Snapshot
  }

  return { snapshot, text: () => prometheusText(snapshot()), stop: watch.stop }
}

function toSeries(attributes: Attributes, { bounds, counts, count, sum }: Histogram): HistogramSeries {
  let passed = 0
  const buckets = counts.map((inBucket, i) => {
    passed += inBucket
    return { upTo: bounds[i] ?? Number.POSITIVE_INFINITY, count: passed }
  })
  return { attributes, count, sum, buckets }
}
