import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context, ContextManager } from '@opentelemetry/api'

const apiKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never

/** The key by which every OpenTelemetry SDK knows that nothing below is to be traced (`suppressTracing` of its core). */
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

const quiet = new AsyncLocalStorage<true>()

function contextManager(): ContextManager | undefined {
  return (globalThis as { [apiKey]?: { context?: ContextManager } })[apiKey]?.context
}

/** Runs `fn`, which exports: the requests it makes are neither measured nor traced, or each export would be the reason for another one. */
export function quietly<T>(fn: () => T): T {
  const manager = contextManager()
  return manager === undefined
    ? quiet.run(true, fn)
    : manager.with(manager.active().setValue(suppressKey, true), fn)
}

/** Whether this is a request of an exporter: ours, or one of another signal. */
export function isQuiet(): boolean {
  if (quiet.getStore()) return true
  const context: Context | undefined = contextManager()?.active()
  return context?.getValue(suppressKey) === true
}
