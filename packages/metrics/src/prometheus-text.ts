import { definitions, isHistogram, type MetricName } from './definitions.ts'
import type { CountedSeries, HistogramSeries, Snapshot } from './limiter-metrics.ts'
import type { Attributes } from './series.ts'

/** The media type of a page of metrics: the text format of Prometheus. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics in the text format of Prometheus. Those without any series are left out. */
export function prometheusText(snapshot: Snapshot): string {
  return (Object.keys(snapshot) as MetricName[]).map((name) => family(name, snapshot[name])).join('')
}

function family(name: MetricName, series: readonly (CountedSeries | HistogramSeries)[]): string {
  if (series.length === 0) return ''
  const { kind, description } = definitions[name]
  const own = prometheusName(name)
  const lines = series.flatMap((one) =>
    'buckets' in one ? histogramLines(own, one) : [line(own, one.attributes, one.value)],
  )
  return `# HELP ${own} ${description}\n# TYPE ${own} ${kind}\n${lines.join('\n')}\n`
}

/** The name of a metric as Prometheus has it, with its unit: `sluice_decisions_total`, `sluice_decision_duration_seconds`. */
export function prometheusName(name: MetricName): string {
  const { kind, unit } = definitions[name]
  const words = name.replaceAll('.', '_')
  if (kind === 'counter') return `${words}_total`
  return isHistogram(name) && unit === 's' ? `${words}_seconds` : words
}

function histogramLines(name: string, { attributes, count, sum, buckets }: HistogramSeries): readonly string[] {
  const upTo = (bound: number): Attributes => ({
    ...attributes,
    le: bound === Number.POSITIVE_INFINITY ? '+Inf' : `${bound}`,
  })
  return [
    ...buckets.map((bucket) => line(`${name}_bucket`, upTo(bucket.upTo), bucket.count)),
    line(`${name}_sum`, attributes, sum),
    line(`${name}_count`, attributes, count),
  ]
}

function line(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(([label, text]) => `${label.replaceAll('.', '_')}="${escaped(text)}"`)
  return `${name}{${labels.join(',')}} ${value}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
