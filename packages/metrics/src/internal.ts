// What is shared with @sluice/opentelemetry. Not part of the public API: it may change with any version.
export type { Cell, Counts, Distribution, Distributions } from './counts.ts'
export {
  type CounterName,
  definitions,
  type GaugeName,
  type HistogramName,
  isHistogram,
  type MetricName,
  metricNames,
} from './definitions.ts'
export { type Histogram, histogram } from './histogram.ts'
export { prometheusName } from './prometheus-text.ts'
export { mostSeries } from './series.ts'
export { type Watch, watchLimiters } from './watch-limiters.ts'
