import type { RequestRecord } from '@clew/internal/requests/contract'
import { frames } from '@clew/internal/requests/frame'
import { registered } from '@clew/internal/telemetry/api'
import type { Context } from '@opentelemetry/api'
import { isFrameManager } from '../context/manager.ts'

/** Runs the rest of a request, and later the listeners of its events, with `context` active. */
export function runRequest(record: RequestRecord, context: Context, next: () => void): void {
  const manager = registered().context
  if (manager === undefined) next()
  else if (isFrameManager(manager)) {
    record.runWith('trace', context, next)
  } else {
    record.around = (fn) => manager.with(context, fn)
    // In a frame of the request already, the record would run nothing around `next`.
    if (frames.getStore()?.request === record) manager.with(context, next)
    else record.run(next)
  }
}
