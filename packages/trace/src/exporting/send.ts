import type { ExportFault } from '@clew/internal/telemetry/export-fault'
import { faultOf } from '@clew/internal/telemetry/export-fault'
import type { ExportAnswer, PartialSuccess } from '@clew/internal/telemetry/otlp-answers'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'
import { runIn, suppressedContext } from '../context/active.ts'

/** How one call of an exporter ended. */
export interface Sent {
  /** Undefined: it was accepted. */
  readonly error?: unknown
  readonly fault?: ExportFault
  readonly partial?: PartialSuccess | undefined
}

/** Calls an exporter once. Resolves in at most `timeoutMs`; never rejects. */
export function send(
  exporter: SpanExporter,
  spans: ReadableSpan[],
  timeoutMs: number,
): Promise<Sent> {
  return new Promise((resolve) => {
    const late = setTimeout(
      () => fail(new Error(`no answer from the exporter in ${timeoutMs} ms`)),
      timeoutMs,
    ).unref()
    const fail = (error: unknown, fault = faultOf(error)) => {
      clearTimeout(late)
      resolve({ error, fault })
    }
    const done = ({ code, error, partial }: ExportAnswer) => {
      if (code !== 0) return fail(error ?? new Error('the exporter gave no reason'))
      clearTimeout(late)
      resolve({ partial })
    }
    try {
      // The requests of the exporter are not traced.
      runIn(suppressedContext, () => exporter.export(spans, done))
    } catch (error) {
      // It throws before it sends anything: a span among them cannot be encoded.
      fail(error ?? new Error('the exporter threw'), { kind: 'divisible', retryAfterMs: undefined })
    }
  })
}
