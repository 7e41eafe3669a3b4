import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context } from '@opentelemetry/api'
import { registered } from './api.ts'

/** The key by which every OpenTelemetry SDK knows that nothing below is to be observed (`suppressTracing` of its core). */
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

export const suppressed = (context: Context): Context => context.setValue(suppressKey, true)

export const isSuppressed = (context: Context | undefined): boolean =>
  context?.getValue(suppressKey) === true

// For a process in which nobody has registered a context manager.
let own: AsyncLocalStorage<true> | undefined

/** Runs `fn`, which exports telemetry: the requests it makes are not observed, or each export would be the reason for another one. */
export function quietly<T>(fn: () => T): T {
  const { context } = registered()
  if (context !== undefined) return context.with(suppressed(context.active()), fn)
  own ??= new AsyncLocalStorage<true>()
  return own.run(true, fn)
}

/** Whether the code runs in an exporter: ours, or one of another signal. */
export function isQuiet(): boolean {
  return own?.getStore() === true || isSuppressed(registered().context?.active())
}
