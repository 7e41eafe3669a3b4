import type {
  Baggage,
  Context,
  ContextManager,
  MeterProvider,
  Span,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api'
import { contextKey, ROOT } from './context.ts'

// What this package needs of @opentelemetry/api in the path of a request, over the globals by which the copies and versions of the
// api work together. Importing the api takes some 25 ms for 60 files, and a service that only uses `span` in a library, with tracing
// off, would pay them; and a tracer taken from one copy does not see what another one registers. `configure` loads the api itself.

interface Globals {
  readonly version?: string
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider }
  readonly context?: ContextManager
  readonly propagation?: TextMapPropagator
  readonly metrics?: MeterProvider
  readonly diag?: unknown
}

const apiKey = Symbol.for('opentelemetry.js.api.1')
const holder = globalThis as { [apiKey]?: Globals }

/** What is registered now. */
export const registered = (): Globals => holder[apiKey] ?? {}

// Values of the api's enums: they are on the wire, and do not change.
export const KIND = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const
export const STATUS_ERROR = 2
export const SAMPLED = 1

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
const baggageKey = contextKey('OpenTelemetry Baggage Key')

export const activeContext = (): Context => registered().context?.active() ?? ROOT

/** Runs `fn` with `context` active. Without a context manager it just runs. */
export function runIn<R>(context: Context, fn: () => R): R {
  const manager = registered().context
  return manager === undefined ? fn() : manager.with(context, fn)
}

export const spanOf = (context: Context): Span | undefined =>
  context.getValue(spanKey) as Span | undefined

export const withSpan = (context: Context, span: Span): Context => context.setValue(spanKey, span)

export const withSpanContext = (context: Context, spanContext: SpanContext): Context =>
  withSpan(context, new PassingSpan(spanContext))

/** The span context in `context`, where it is one that can be continued. */
export function parentOf(context: Context): SpanContext | undefined {
  const found = spanOf(context)?.spanContext()
  return found !== undefined && isValid(found) ? found : undefined
}

export const isValid = ({ traceId, spanId }: SpanContext): boolean =>
  /^(?!0{32})[0-9a-f]{32}$/i.test(traceId) && /^(?!0{16})[0-9a-f]{16}$/i.test(spanId)

export const baggageOf = (context: Context): Baggage | undefined =>
  context.getValue(baggageKey) as Baggage | undefined

export const withBaggage = (context: Context, baggage: Baggage): Context =>
  context.setValue(baggageKey, baggage)

export function injectInto<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
  registered().propagation?.inject(context, carrier, setter)
}

export function extractFrom<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
  return registered().propagation?.extract(context, carrier, getter) ?? context
}

const INVALID: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }

/** A span that records nothing and passes its context on. */
class PassingSpan implements Span {
  readonly #context: SpanContext
  constructor(context: SpanContext) {
    this.#context = context
  }
  spanContext(): SpanContext {
    return this.#context
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

const noTracer: Pick<Tracer, 'startSpan'> = {
  startSpan: (_name, options, context = activeContext()) =>
    new PassingSpan((options?.root ? undefined : parentOf(context)) ?? INVALID),
}

let provider: TracerProvider | undefined
let tracer: Pick<Tracer, 'startSpan'> = noTracer

/** Our tracer of the provider that is registered now: kept by the provider's identity, never from module load. */
export function currentTracer(): Pick<Tracer, 'startSpan'> {
  const proxy = registered().trace
  const current = proxy?.getDelegate?.() ?? proxy
  if (current !== provider) {
    provider = current
    tracer = current?.getTracer('@clew/trace') ?? noTracer
  }
  return tracer
}
