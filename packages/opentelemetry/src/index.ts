export type { OnSpan } from './active-span.ts'
export {
  type SluiceInstrumentation,
  type SluiceInstrumentationOptions,
  sluiceInstrumentation,
} from './sluice-instrumentation.ts'
export {
  type Collection,
  type HistogramData,
  type NoResource,
  type SluiceMetricProducer,
  type SumData,
  sluiceMetricProducer,
} from './sluice-metric-producer.ts'
