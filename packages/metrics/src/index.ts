export type { AttributeName, MetricName } from './definitions.ts'
export {
  type CountedSeries,
  type HistogramSeries,
  type LimiterMetrics,
  limiterMetrics,
  type Snapshot,
} from './limiter-metrics.ts'
export { metricsPage, nodeMetricsPage, type PageResponse } from './metrics-page.ts'
export { metricsType } from './prometheus-text.ts'
export type { Attributes } from './series.ts'
