import { registered } from '@clew/internal/telemetry/api'
import type {
  Context,
  Span,
  SpanContext,
  SpanOptions,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api'
import { activeContext } from './active.ts'
import { reportCallback } from './callback.ts'
import { NonRecordingSpan, parentOf } from './span-context.ts'

// Values of the api's enums. They are part of OTLP and do not change; importing the api for them
// would take some 25 ms.
export const spanKind = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const
export const statusError = 2

const invalid: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }

const noTracer: Pick<Tracer, 'startSpan'> = {
  startSpan: (_name, options, context = activeContext()) =>
    new NonRecordingSpan((options?.root ? undefined : parentOf(context)) ?? invalid),
}

let provider: TracerProvider | undefined
let tracer: Pick<Tracer, 'startSpan'> = noTracer

/** The tracer of the provider that is registered now. It is cached by the provider's identity. */
function currentTracer(): Pick<Tracer, 'startSpan'> {
  const proxy = registered().trace
  const current = proxy?.getDelegate?.() ?? proxy
  if (current !== provider) {
    provider = current
    tracer = current?.getTracer('@clew/trace') ?? noTracer
  }
  return tracer
}

/**
 * Starts a span with the registered provider. A sampler or an SDK that throws costs the span, not
 * what runs in it.
 */
export function startSpan(name: string, options: SpanOptions, context: Context): Span {
  try {
    return currentTracer().startSpan(name, options, context)
  } catch (error) {
    reportCallback('a sampler or span processor', error)
    return noTracer.startSpan(name, options, context)
  }
}
