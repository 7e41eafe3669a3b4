import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context } from '@opentelemetry/api'
import { registered } from './api.ts'

/**
 * The context key that turns tracing off in every OpenTelemetry SDK (`suppressTracing` in its
 * core).
 */
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

export const suppressed = (context: Context): Context => context.setValue(suppressKey, true)

export const isSuppressed = (context: Context | undefined): boolean =>
  context?.getValue(suppressKey) === true

// Used if no context manager is registered.
let fallbackStorage: AsyncLocalStorage<true> | undefined

/**
 * Runs `fn`, which exports telemetry, without observing its requests; otherwise each export would
 * cause another one.
 */
export function quietly<T>(fn: () => T): T {
  const { context } = registered()
  if (context !== undefined) return context.with(suppressed(context.active()), fn)
  fallbackStorage ??= new AsyncLocalStorage<true>()
  return fallbackStorage.run(true, fn)
}

/** Whether the code runs in an exporter: ours or that of another SDK. */
export function isQuiet(): boolean {
  return fallbackStorage?.getStore() === true || isSuppressed(registered().context?.active())
}
