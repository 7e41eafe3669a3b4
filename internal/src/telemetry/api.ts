import type {
  ContextManager,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from '@opentelemetry/api'

// What the packages need of @opentelemetry/api while they handle a request, read from the globals
// through which its copies and versions interoperate. Importing the api would load 60 files, which
// takes about 25 ms.

/** What is registered with the OpenTelemetry api. */
export interface Registered {
  readonly version?: string
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider }
  readonly context?: ContextManager
  readonly propagation?: TextMapPropagator
  readonly metrics?: MeterProvider
  readonly diag?: unknown
}

const apiKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never
const globals = globalThis as { [apiKey]?: Registered | undefined }
// Define the global: looking up an absent one takes ten times as long as one that is undefined, and
// each log line looks it up.
globals[apiKey] ??= undefined
const nothingRegistered: Registered = {}

/** The current registrations. */
export const registered = (): Registered => globals[apiKey] ?? nothingRegistered

/**
 * The current context manager. Each log line reads it; this is faster than through `registered`.
 */
export const contextManager = (): ContextManager | undefined => globals[apiKey]?.context
