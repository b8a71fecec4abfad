import type { LimiterMetrics } from './limiter-metrics.ts'
import { metricsType } from './prometheus-text.ts'

/** What a page needs of Node's `ServerResponse`, which that of Express is too. */
export interface PageResponse {
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** A page of metrics for Web-standard servers: `(request) => Response`. */
export function metricsPage(metrics: LimiterMetrics): () => Response {
  return () => new Response(metrics.text(), { headers: { 'Content-Type': metricsType } })
}

/** The same for Node's `http`, and for Express: `(request, response) => void`. */
export function nodeMetricsPage(metrics: LimiterMetrics): (request: unknown, response: PageResponse) => void {
  return (_, response) => {
    response.setHeader('Content-Type', metricsType)
    response.end(metrics.text())
  }
}
