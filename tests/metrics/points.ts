import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** What was exported: series to number; of a histogram how many values it has counted. */
export interface Points extends ReadonlyMap<string, number> {
  at(name: string, attributes: Readonly<Record<string, string>>): number | undefined
  /** Of all series of a metric together. */
  sumOf(name: string): number
}

/** The points of one export, by metric and attributes. */
export function pointsOf(exported: ResourceMetrics | undefined): Points {
  const metrics = exported?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
  const points = new Map<string, number>(
    metrics.flatMap((metric) =>
      metric.dataPoints.map(({ attributes, value }) => {
        const number = typeof value === 'number' ? value : value.count
        if (metric.dataPointType === DataPointType.GAUGE)
          throw new Error(`${metric.descriptor.name} cannot be added up`)
        return [seriesOf(metric.descriptor.name, attributes as Record<string, string>), number] as const
      }),
    ),
  )
  return Object.assign(points, {
    at: (name: string, attributes: Readonly<Record<string, string>>) => points.get(seriesOf(name, attributes)),
    sumOf: (name: string) =>
      [...points].filter(([series]) => series.startsWith(`${name} `)).reduce((sum, [, number]) => sum + number, 0),
  })
}

/** A metric and its attributes, in the order of their names, in one text. */
export function seriesOf(name: string, attributes: Readonly<Record<string, string>>): string {
  return `${name} ${JSON.stringify(Object.entries(attributes).sort())}`
}
