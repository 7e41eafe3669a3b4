import type { SpanContext } from '../span.ts'
import type { OtelLoggerProvider } from './destination.ts'

// @opentelemetry/api-logs, for SDK 2.x, has a global of its own: a function of the version of the API.
const logsApi: unique symbol = Symbol.for('io.opentelemetry.js.api.logs') as never
const logsVersion = 1
// From 1.10 on, for SDK 3.x, @opentelemetry/api has it beside the others.
const api: unique symbol = Symbol.for('opentelemetry.js.api.1') as never
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

const home = globalThis as {
  [logsApi]?: (version: number) => OtelLoggerProvider
  [api]?: {
    readonly logs?: OtelLoggerProvider
    readonly context?: { active(): { getValue(key: symbol): unknown } }
  }
}

/** The provider that is registered, or why there is none. */
export function registeredProvider(): OtelLoggerProvider | 'none' | 'another version' {
  const own = home[api]?.logs
  if (own !== undefined) return own
  const get = home[logsApi]
  if (typeof get !== 'function') return 'none'
  const provider = get(logsVersion)
  // For any version but its own it gives a provider that does nothing.
  return provider === get(Number.NaN) ? 'another version' : provider
}

/** Whether this is code of an exporter: what it logs must not be exported again. */
export function isSuppressed(): boolean {
  try {
    return home[api]?.context?.active().getValue(suppressKey) === true
  } catch {
    return false
  }
}

/** As @opentelemetry/api has it. */
export interface OtelContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OtelContext
  deleteValue(key: symbol): OtelContext
}

/** A context with a span and nothing else. An SDK that gets none takes the active one, which is another when a line was held. */
export function contextWith(span: SpanContext | undefined): OtelContext {
  return contextOf(span === undefined ? [] : [[spanKey, { spanContext: () => span }] as const])
}

function contextOf(values: readonly (readonly [symbol, unknown])[]): OtelContext {
  return {
    getValue: (key) => values.findLast(([own]) => own === key)?.[1],
    setValue: (key, value) => contextOf([...values, [key, value]]),
    deleteValue: (key) => contextOf([...values, [key, undefined]]),
  }
}
