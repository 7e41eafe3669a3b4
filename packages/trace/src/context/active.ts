import { registered } from '@clew/internal/telemetry/api'
import { suppressed } from '@clew/internal/telemetry/suppression'
import type { Context } from '@opentelemetry/api'
import { rootContext } from './root.ts'

/** Nothing that runs in this context is traced. */
export const suppressedContext: Context = suppressed(rootContext)

export const activeContext = (): Context => registered().context?.active() ?? rootContext

/** Runs `fn` with `context` active. Without a context manager it just runs. */
export function runIn<R>(context: Context, fn: () => R): R {
  const manager = registered().context
  return manager === undefined ? fn() : manager.with(context, fn)
}
