import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'

/** The SDK's AggregationTemporality.DELTA, and DataPointType.GAUGE. */
const delta = 0
const gauge = 2

/** Whether what is lost of a collection would not be in the next one. */
export function hasDeltas({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) =>
    metrics.some(
      ({ aggregationTemporality, dataPointType }) =>
        Number(aggregationTemporality) === delta && Number(dataPointType) !== gauge,
    ),
  )
}

/** How many data points a collection has. */
export function pointsIn(collected: ResourceMetrics | undefined): number {
  let count = 0
  for (const { metrics } of collected?.scopeMetrics ?? []) {
    for (const { dataPoints } of metrics) count += dataPoints.length
  }
  return count
}

/** Divides a collection of more than one data point in two, in order. */
export function halvesOf(collected: ResourceMetrics): [ResourceMetrics, ResourceMetrics] {
  const half = pointsIn(collected) >> 1
  return [within(collected, 0, half), within(collected, half, Number.POSITIVE_INFINITY)]
}

/** The data points from position `from` up to `to`, with the metrics and scopes around them. */
function within({ resource, scopeMetrics }: ResourceMetrics, from: number, to: number) {
  let at = 0
  const scopes: ScopeMetrics[] = []
  for (const { scope, metrics } of scopeMetrics) {
    const kept: MetricData[] = []
    for (const metric of metrics) {
      const { length } = metric.dataPoints
      const dataPoints = metric.dataPoints.slice(Math.max(from - at, 0), Math.max(to - at, 0))
      at += length
      if (dataPoints.length > 0) kept.push({ ...metric, dataPoints } as MetricData)
    }
    if (kept.length > 0) scopes.push({ scope, metrics: kept })
  }
  return { resource, scopeMetrics: scopes }
}
