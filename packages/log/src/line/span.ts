import { contextManager } from '@clew/internal/telemetry/api'

/** What an active OpenTelemetry span says of itself. */
export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

export const spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN')
const noTrace = '00000000000000000000000000000000'

/**
 * The active span, if some context manager is registered and a valid span is active. Never throws.
 */
export function activeSpan(): SpanContext | undefined {
  const manager = contextManager()
  if (manager === undefined) return undefined
  try {
    const span = manager.active().getValue(spanKey) as { spanContext(): SpanContext } | undefined
    const found = span?.spanContext()
    return found === undefined || found.traceId === noTrace ? undefined : found
  } catch {
    return undefined
  }
}

export function isSampled(span: SpanContext): boolean {
  return (span.traceFlags & 1) === 1
}
