import type { Attributes, HrTime } from '@opentelemetry/api'
import {
  type CounterName,
  type Counts,
  definitions,
  type GaugeName,
  type Histogram,
  type HistogramName,
  histogram,
  isHistogram,
  type MetricName,
  metricNames,
  watchLimiters,
} from '@sluice/metrics/internal'

/** A `MetricProducer` of the SDK of OpenTelemetry: give it to a reader, as one of its `metricProducers`. */
export interface SluiceMetricProducer {
  collect(): Promise<Collection>
  /** Stops counting. */
  stop(): void
}

/** What a reader adds to its own metrics, in the types of the SDK. */
export interface Collection {
  resourceMetrics: {
    resource: NoResource
    scopeMetrics: { scope: { name: string }; metrics: (SumData | HistogramData)[] }[]
  }
  errors: unknown[]
}

/** The numbers of the SDK for what it calls cumulative, a histogram, a sum. */
const cumulative = 1
const ofHistogram = 0
const ofSum = 3
const double = 1

interface Data<P> {
  readonly descriptor: { name: string; description: string; unit: string; valueType: typeof double }
  readonly aggregationTemporality: typeof cumulative
  readonly dataPoints: { startTime: HrTime; endTime: HrTime; attributes: Attributes; value: P }[]
}

/** A counter, or a gauge that may be added up. */
export interface SumData extends Data<number> {
  readonly dataPointType: typeof ofSum
  readonly isMonotonic: boolean
}

/** A histogram. */
export interface HistogramData
  extends Data<{ buckets: { boundaries: number[]; counts: number[] }; sum: number; count: number }> {
  readonly dataPointType: typeof ofHistogram
}

/** A reader takes the resource of the SDK. */
export interface NoResource {
  readonly attributes: Attributes
  merge(other: object | null): NoResource
  getRawAttributes(): []
}

const noResource: NoResource = { attributes: {}, merge: () => noResource, getRawAttributes: () => [] }

/**
 * The metrics of all limiters of the process, added up here and read by the SDK when it collects: a decision takes a small part of what
 * recording it with the SDK would. They are cumulative, and views do not apply to them. Throws an `Error` where the runtime has no
 * `node:diagnostics_channel`.
 */
export function sluiceMetricProducer(): SluiceMetricProducer {
  const watch = watchLimiters((name) => histogram(definitions[name].bounds))
  const startTime = hrTime(Date.now())
  return {
    async collect() {
      const counts = watch.read()
      const endTime = hrTime(Date.now())
      const point = <P>(attributes: Attributes, value: P) => ({ startTime, endTime, attributes, value })
      const metrics = metricNames
        .map((name) => (isHistogram(name) ? histogramData(counts, name, point) : sumData(counts, name, point)))
        .filter(({ dataPoints }) => dataPoints.length > 0)
      const scopeMetrics = [{ scope: { name: '@sluice/opentelemetry' }, metrics }]
      return { resourceMetrics: { resource: noResource, scopeMetrics }, errors: [] }
    },
    stop: watch.stop,
  }
}

type MakePoint = <P>(attributes: Attributes, value: P) => Data<P>['dataPoints'][number]

function sumData({ cells }: Counts, name: CounterName | GaugeName, point: MakePoint): SumData {
  return {
    descriptor: descriptorOf(name),
    aggregationTemporality: cumulative,
    dataPointType: ofSum,
    isMonotonic: definitions[name].kind === 'counter',
    dataPoints: Array.from(cells[name].all(), ([attributes, { value }]) => point(attributes, value)),
  }
}

function histogramData({ distributions }: Counts, name: HistogramName, point: MakePoint): HistogramData {
  return {
    descriptor: descriptorOf(name),
    aggregationTemporality: cumulative,
    dataPointType: ofHistogram,
    dataPoints: Array.from(distributions[name].all(), ([attributes, one]) => {
      const { bounds, counts, sum, count } = one as Histogram
      return point(attributes, { buckets: { boundaries: [...bounds], counts: [...counts] }, sum, count })
    }),
  }
}

function descriptorOf(name: MetricName): SumData['descriptor'] {
  const { description, unit } = definitions[name]
  return { name, description, unit, valueType: double }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, (ms - 1000 * seconds) * 1e6]
}
