// Flattens OTLP messages, as proto-loader decodes them, into objects that are easy to read and to
// test.

export type Attributes = Readonly<Record<string, unknown>>

export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root span. */
  readonly parentSpanId: string
  readonly name: string
  /** `internal`, `server`, `client`, `producer` or `consumer`. */
  readonly kind: string
  readonly status: 'unset' | 'ok' | 'error'
  readonly statusMessage: string
  readonly startMs: number
  readonly durationMs: number
  readonly attributes: Attributes
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly traceState: string
  readonly resource: Attributes
  readonly scope: string
}

export interface MetricPoint {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram' | 'summary'
  readonly monotonic: boolean
  readonly temporality: 'delta' | 'cumulative' | 'unspecified'
  readonly attributes: Attributes
  /** The value of a sum or gauge; the sum of a histogram. */
  readonly value: number
  /** The count of a histogram; otherwise undefined. */
  readonly count?: number
  readonly bounds?: readonly number[]
  readonly buckets?: readonly number[]
  readonly resource: Attributes
  readonly scope: string
}

export interface LogRecord {
  readonly body: unknown
  readonly severityNumber: number
  readonly severityText: string
  readonly attributes: Attributes
  readonly traceId: string
  readonly spanId: string
  readonly timeMs: number
  readonly resource: Attributes
  readonly scope: string
}

type Message = any

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')
const lower = (text: string, prefix: string) => text.slice(prefix.length).toLowerCase()
const enumName = (value: unknown, names: readonly string[], prefix: string) =>
  typeof value === 'number' ? (names[value] ?? String(value)) : lower(String(value), prefix)

function plainOf(any: Message): unknown {
  if (!any) return undefined
  if (any.value === 'arrayValue') return (any.arrayValue.values ?? []).map(plainOf)
  if (any.value === 'kvlistValue') return attributesOf(any.kvlistValue.values)
  return any.value ? any[any.value] : undefined
}

function attributesOf(list: Message[] | undefined): Attributes {
  return Object.fromEntries((list ?? []).map((entry) => [entry.key, plainOf(entry.value)]))
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const statuses = ['unset', 'ok', 'error']
const temporalities = ['unspecified', 'delta', 'cumulative']

export function spansOf(request: Message): Span[] {
  return request.resourceSpans.flatMap((rs: Message) =>
    rs.scopeSpans.flatMap((ss: Message) =>
      ss.spans.map(
        (span: Message): Span => ({
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentSpanId: hex(span.parentSpanId),
          name: span.name,
          kind: enumName(span.kind, kinds, 'SPAN_KIND_'),
          status: enumName(span.status?.code ?? 0, statuses, 'STATUS_CODE_') as Span['status'],
          statusMessage: span.status?.message ?? '',
          startMs: span.startTimeUnixNano / 1e6,
          durationMs: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
          attributes: attributesOf(span.attributes),
          events: span.events.map((event: Message) => ({
            name: event.name,
            attributes: attributesOf(event.attributes),
          })),
          links: span.links.map((link: Message) => ({
            traceId: hex(link.traceId),
            spanId: hex(link.spanId),
          })),
          traceState: span.traceState,
          resource: attributesOf(rs.resource?.attributes),
          scope: ss.scope?.name ?? '',
        }),
      ),
    ),
  )
}

export function pointsOf(request: Message): MetricPoint[] {
  return request.resourceMetrics.flatMap((rm: Message) =>
    rm.scopeMetrics.flatMap((sm: Message) =>
      sm.metrics.flatMap((metric: Message) =>
        metric[metric.data].dataPoints.map(
          (point: Message): MetricPoint => ({
            name: metric.name,
            description: metric.description,
            unit: metric.unit,
            type: metric.data,
            monotonic: metric[metric.data].isMonotonic ?? false,
            temporality: enumName(
              metric[metric.data].aggregationTemporality ?? 0,
              temporalities,
              'AGGREGATION_TEMPORALITY_',
            ) as MetricPoint['temporality'],
            attributes: attributesOf(point.attributes),
            value: point.value ? point[point.value] : point.sum,
            ...(metric.data === 'histogram'
              ? {
                  count: point.count,
                  bounds: point.explicitBounds,
                  buckets: point.bucketCounts,
                }
              : {}),
            resource: attributesOf(rm.resource?.attributes),
            scope: sm.scope?.name ?? '',
          }),
        ),
      ),
    ),
  )
}

export function logsOf(request: Message): LogRecord[] {
  return request.resourceLogs.flatMap((rl: Message) =>
    rl.scopeLogs.flatMap((sl: Message) =>
      sl.logRecords.map(
        (record: Message): LogRecord => ({
          body: plainOf(record.body),
          severityNumber: Number(record.severityNumber),
          severityText: record.severityText,
          attributes: attributesOf(record.attributes),
          traceId: hex(record.traceId),
          spanId: hex(record.spanId),
          // Rounded to microseconds, since a double cannot hold nanoseconds since the epoch.
          timeMs: Math.round(record.timeUnixNano / 1e3) / 1e3,
          resource: attributesOf(rl.resource?.attributes),
          scope: sl.scope?.name ?? '',
        }),
      ),
    ),
  )
}
