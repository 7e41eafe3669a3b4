import type {
  ContextManager,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from '@opentelemetry/api'

// What the packages need of @opentelemetry/api in the path of a request, over the globals by which its copies and versions work
// together. Importing the api would take some 25 ms for 60 files.

/** What is registered with the api. */
export interface Registered {
  readonly version?: string
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider }
  readonly context?: ContextManager
  readonly propagation?: TextMapPropagator
  readonly metrics?: MeterProvider
  readonly diag?: unknown
}

const apiKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never
const home = globalThis as { [apiKey]?: Registered | undefined }
// Looking for a global that is absent takes ten times as long as for one that holds undefined, and each line of a log looks.
home[apiKey] ??= undefined
const nothing: Registered = {}

/** What is registered now. */
export const registered = (): Registered => home[apiKey] ?? nothing

/** The context manager that is registered now. Faster than by way of `registered`, for each line of a log. */
export const contextManager = (): ContextManager | undefined => home[apiKey]?.context
