import { contextManager } from '@clew/internal/telemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import { state } from '../instruments/state.ts'

/** A measurement with the trace that shows it. */
export interface Exemplar {
  readonly value: number
  readonly timeMs: number
  readonly traceId: string
  readonly spanId: string
}

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
const sampled = 1

/** The exemplar for a measurement, if the span that it belongs to is sampled. */
export function exemplarOf(value: number): Exemplar | undefined {
  const context = (state().context as Context | undefined) ?? contextManager()?.active()
  const span = context?.getValue(spanKey) as Span | undefined
  if (span === undefined) return undefined
  const { traceId, spanId, traceFlags } = span.spanContext()
  if ((traceFlags & sampled) === 0) return undefined
  return { value, timeMs: Date.now(), traceId, spanId }
}
