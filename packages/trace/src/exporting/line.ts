import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { spanKind, statusError } from '../context/tracer.ts'

const kinds = Object.keys(spanKind)

/** A span on one line. */
export function lineOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  const ms = span.duration[0] * 1e3 + span.duration[1] / 1e6
  const { code, message = '' } = span.status
  const parent = span.parentSpanContext && `parent=${span.parentSpanContext.spanId}`
  return [
    'span',
    JSON.stringify(span.name),
    kinds[span.kind],
    `${ms.toFixed(1)}ms`,
    code === statusError ? `error ${JSON.stringify(message)}` : 'ok',
    `trace=${traceId}`,
    `span=${spanId}`,
    parent,
    JSON.stringify(span.attributes),
  ]
    .filter((part) => part !== undefined)
    .join(' ')
}
