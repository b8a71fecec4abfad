import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { sluiceInstrumentation } from '@sluice/opentelemetry'
import { createLimiter, tokenBucket } from '@sluice/token-bucket'

// Stands for the exporter of your own.
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
sluiceInstrumentation({ meterProvider }) // the one line

const limiter = createLimiter({ name: 'api', policy: tokenBucket({ capacity: 2, refill: 1, per: '1m' }) })
for (let i = 0; i < 5; i += 1) await limiter.consume('user:123')

await meterProvider.forceFlush()
for (const { descriptor, dataPoints } of exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? []) {
  for (const { attributes, value } of dataPoints) {
    if (descriptor.name === 'sluice.decisions') console.log(attributes['sluice.outcome'], value)
  }
}
await meterProvider.shutdown()
