import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { PointValue } from '../series/cells.ts'

/** What one process has measured, as far as Prometheus text shows it. */
export interface Snapshot {
  readonly resource: Readonly<Record<string, unknown>>
  readonly metrics: readonly MetricSnapshot[]
}

export interface MetricSnapshot {
  readonly scope: ResourceMetrics['scopeMetrics'][number]['scope']
  readonly name: string
  readonly description: string
  readonly unit: string
  /** The SDK's DataPointType. */
  readonly type: number
  readonly isMonotonic: boolean
  readonly points: readonly Point[]
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: PointValue
}

/** The SDK's DataPointType.EXPONENTIAL_HISTOGRAM, for which the text has no form. */
const exponential = 1

export function snapshotOf({ resource, scopeMetrics }: ResourceMetrics): Snapshot {
  const metrics = scopeMetrics.flatMap(({ scope: { name, version, schemaUrl }, metrics }) =>
    metrics.map((metric) => ({
      scope: { name, ...(version && { version }), ...(schemaUrl && { schemaUrl }) },
      name: metric.descriptor.name,
      description: metric.descriptor.description,
      unit: metric.descriptor.unit,
      type: Number(metric.dataPointType),
      isMonotonic: (metric as { readonly isMonotonic?: boolean }).isMonotonic === true,
      points: Number(metric.dataPointType) === exponential ? [] : pointsOf(metric),
    })),
  )
  return { resource: { ...resource.attributes }, metrics }
}

const pointsOf = ({ dataPoints }: MetricData): Point[] =>
  dataPoints.map(({ attributes, value }) => ({ attributes, value: value as PointValue }))

/** A snapshot in the form of a collection, for the text. */
export function collectionOf({ resource, metrics }: Snapshot): ResourceMetrics {
  const scopes = new Map<string, { scope: MetricSnapshot['scope']; metrics: MetricData[] }>()
  for (const { scope, name, description, unit, type, isMonotonic, points } of metrics) {
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl])
    const found = scopes.get(key) ?? { scope, metrics: [] }
    scopes.set(key, found)
    found.metrics.push({
      descriptor: { name, description, unit },
      dataPointType: type,
      isMonotonic,
      dataPoints: points,
    } as never)
  }
  return { resource: { attributes: resource } as never, scopeMetrics: [...scopes.values()] }
}
