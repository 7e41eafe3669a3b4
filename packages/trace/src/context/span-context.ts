import type { Context, Span, SpanContext } from '@opentelemetry/api'

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** The flag of a span context that says that the trace is sampled. */
export const sampledFlag = 1

export const spanOf = (context: Context): Span | undefined =>
  context.getValue(spanKey) as Span | undefined

export const withSpan = (context: Context, span: Span): Context => context.setValue(spanKey, span)

export const withSpanContext = (context: Context, spanContext: SpanContext): Context =>
  withSpan(context, new NonRecordingSpan(spanContext))

/** The span context in `context`, if it is a valid one, which can be continued. */
export function parentOf(context: Context): SpanContext | undefined {
  const spanContext = spanOf(context)?.spanContext()
  return spanContext !== undefined && isValid(spanContext) ? spanContext : undefined
}

export const isValid = ({ traceId, spanId }: SpanContext): boolean =>
  /^(?!0{32})[0-9a-f]{32}$/i.test(traceId) && /^(?!0{16})[0-9a-f]{16}$/i.test(spanId)

/** Records nothing and passes its span context on. */
export class NonRecordingSpan implements Span {
  private readonly context: SpanContext

  constructor(context: SpanContext) {
    this.context = context
  }

  spanContext(): SpanContext {
    return this.context
  }
  isRecording(): boolean {
    return false
  }
  setAttribute(): this {
    return this
  }
  setAttributes(): this {
    return this
  }
  addEvent(): this {
    return this
  }
  addLink(): this {
    return this
  }
  addLinks(): this {
    return this
  }
  setStatus(): this {
    return this
  }
  updateName(): this {
    return this
  }
  recordException(): void {}
  end(): void {}
}
