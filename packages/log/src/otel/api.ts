import { contextManager, registered } from '@clew/internal/telemetry/api'
import { isSuppressed } from '@clew/internal/telemetry/suppression'
import { type SpanContext, spanKey } from '../line/span.ts'
import type { OtelLoggerProvider } from './destination.ts'

// @opentelemetry/api-logs, for SDK 2.x, has a global of its own: a function of the API's version.
const logsApi: unique symbol = Symbol.for('io.opentelemetry.js.api.logs') as never
const logsVersion = 1
const home = globalThis as { [logsApi]?: (version: number) => OtelLoggerProvider }

/** The provider that is registered, or why there is none. */
export function registeredProvider(): OtelLoggerProvider | 'none' | 'another version' {
  // From 1.10 on, for SDK 3.x, @opentelemetry/api has it beside the others.
  const { logs } = registered() as { readonly logs?: OtelLoggerProvider }
  if (logs !== undefined) return logs
  const get = home[logsApi]
  if (typeof get !== 'function') return 'none'
  const provider = get(logsVersion)
  // For any version but its own it returns a provider that does nothing.
  return provider === get(Number.NaN) ? 'another version' : provider
}

/** Whether this is the code of an exporter: what it logs must not be exported again. */
export function isExporting(): boolean {
  try {
    return isSuppressed(contextManager()?.active())
  } catch {
    return false
  }
}

/** As @opentelemetry/api declares it. */
export interface OtelContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OtelContext
  deleteValue(key: symbol): OtelContext
}

/**
 * A context with a span and nothing else. Without a context, an SDK takes the active one, which is
 * another one when a held line is released.
 */
export function contextWith(span: SpanContext | undefined): OtelContext {
  return contextOf(span === undefined ? [] : [[spanKey, { spanContext: () => span }] as const])
}

function contextOf(values: readonly (readonly [symbol, unknown])[]): OtelContext {
  return {
    getValue: (key) => values.findLast(([each]) => each === key)?.[1],
    setValue: (key, value) => contextOf([...values, [key, value]]),
    deleteValue: (key) => contextOf([...values, [key, undefined]]),
  }
}
