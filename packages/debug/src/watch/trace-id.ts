import type { IncomingMessage } from 'node:http'
import type { RequestRecord } from '@clew/internal/requests/contract'
import { findRecord } from '@clew/internal/requests/slot'

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** The trace that a request belongs to: that of its span, or of its header. */
export function traceIdOf(request: IncomingMessage): string | undefined {
  const record = findRecord(request)
  const header = request.headers['traceparent']
  const sent =
    typeof header === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(header)?.[1] : undefined
  return (record && spanTraceIdOf(record)) ?? sent
}

/** The trace of a request, as trace keeps it in the context of OpenTelemetry. */
export function spanTraceIdOf({ frame }: RequestRecord): string | undefined {
  try {
    const context = frame.trace as { getValue?(key: symbol): unknown } | undefined
    const span = context?.getValue?.(spanKey) as
      | { spanContext(): { readonly traceId: string } }
      | undefined
    return span?.spanContext().traceId
  } catch {
    return undefined
  }
}
