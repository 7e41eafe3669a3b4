import type { Attributes, TextMapPropagator } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { ExportCounts, QueueOptions } from './batch.ts'
import { badOption, checkNumber, mistake } from './errors.ts'
import { type Exporter, isLazy } from './exporter.ts'
import { shared } from './global.ts'
import type { HttpOptions, Middleware } from './http.ts'
import type { Report } from './reports.ts'
import { type Sampling, samplerOf } from './sampler.ts'

/** Whose spans these are. */
export interface Service {
  readonly name: string
  readonly version?: string
}

export interface ConfigureOptions {
  /** `service.name` and `service.version`. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` overrule it. */
  readonly service: Service
  /**
   * {@link otlp}, {@link console}, or any SpanExporter of OpenTelemetry. `OTEL_TRACES_EXPORTER` (otlp, console, none) overrules it.
   * @defaultValue none: nothing is recorded, and the context of callers is passed on
   */
  readonly exporter?: Exporter | SpanExporter
  /** Which traces are recorded. `OTEL_TRACES_SAMPLER` overrules it. @defaultValue adaptiveSampler(): 2 a second */
  readonly sampler?: Sampling
  /** How context travels. `OTEL_PROPAGATORS` (tracecontext, baggage, none) overrules it. @defaultValue W3C trace context and baggage */
  readonly propagators?: readonly TextMapPropagator[]
  /** More resource attributes. `OTEL_RESOURCE_ATTRIBUTES` overrules single ones. @defaultValue service, host, process and runtime */
  readonly resource?: Attributes
  /** Spans for undici, fetch and node:http, and the context in their headers. @defaultValue true, but false where another SDK is registered */
  readonly clients?: boolean
  /** Bounds of the queue in front of the exporter. `OTEL_BSP_*` overrules them. */
  readonly queue?: QueueOptions
  /**
   * Longest text of one attribute, in characters (integer >= 1). `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` and
   * `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` overrule it. @defaultValue 4096
   */
  readonly maxAttributeLength?: number
  /** Longest wait of `shutdown` and `flush`, in milliseconds (integer >= 1). @defaultValue 3000 */
  readonly shutdownTimeoutMs?: number
}

/** What `configure` has set up. */
export interface Tracing {
  /** The middleware of {@link http}, for those who hold only the handle. */
  http(options?: HttpOptions): Middleware
  /** Sends what waits. Resolves when it is sent, or given up; never rejects. */
  flush(): Promise<void>
  /** Sends what waits, then lets go of all that `configure` has registered. Takes `shutdownTimeoutMs` at most; never rejects. */
  shutdown(): Promise<void>
  /** Hears what tracing has to say about itself, also what it said while nobody listened. Returns what ends it. */
  subscribe(listener: (report: Report) => void): () => void
  /** What became of the spans so far. */
  counts(): Readonly<ExportCounts>
}

/**
 * Sets up tracing for the process: context, W3C propagation, sampling, export, and spans for outgoing HTTP requests.
 * Where another SDK is registered already, it is joined: our helpers write to it, and it exports.
 *
 * @throws TypeError `ERR_TRACE_OPTION`, `ERR_TRACE_CONFIGURED`; TraceError `ERR_TRACE_EXPORTER`, `ERR_TRACE_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Tracing> {
  validate(options)
  const state = shared()
  if (state.configured) {
    throw mistake(
      'ERR_TRACE_CONFIGURED',
      'tracing is configured already; call shutdown() of the first one before',
    )
  }
  state.configured = true
  try {
    const { setUp } = await import('./setup.ts')
    return await setUp(options)
  } catch (error) {
    delete state.configured
    throw error
  }
}

function validate(options: ConfigureOptions): void {
  const {
    service,
    exporter,
    sampler,
    propagators,
    queue = {},
    maxAttributeLength,
    shutdownTimeoutMs,
  } = options
  if (typeof service?.name !== 'string' || service.name === '') {
    throw badOption('service.name', 'a text', service?.name)
  }
  if (exporter !== undefined && !isLazy(exporter) && typeof exporter?.export !== 'function') {
    throw badOption('exporter', 'trace.otlp(), trace.console() or a SpanExporter', exporter)
  }
  if (sampler !== undefined) samplerOf(sampler)
  if (propagators !== undefined && !propagators.every((one) => typeof one?.inject === 'function')) {
    throw badOption('propagators', 'an array of propagators', propagators)
  }
  checkNumber('queue.maxQueueSize', queue.maxQueueSize, { min: 1 })
  checkNumber('queue.maxBatchSize', queue.maxBatchSize, { min: 1 })
  checkNumber('queue.delayMs', queue.delayMs, { min: 0 })
  checkNumber('queue.exportTimeoutMs', queue.exportTimeoutMs, { min: 1 })
  checkNumber('maxAttributeLength', maxAttributeLength, { min: 1 })
  checkNumber('shutdownTimeoutMs', shutdownTimeoutMs, { min: 1 })
}
