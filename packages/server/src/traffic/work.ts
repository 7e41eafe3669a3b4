import type { IncomingMessage } from 'node:http'
import { requestOf } from './signal.ts'

/** Counts a promise as work for a request until it settles. */
export function track(
  req: IncomingMessage,
  promise: PromiseLike<unknown>,
  onError: (error: unknown) => void,
): void {
  // Absent for a request that is not counted, and without these methods if it was upgraded.
  const request = requestOf(req)
  request?.workBegins?.()
  promise.then(
    () => request?.workEnds?.(),
    (error: unknown) => {
      request?.workEnds?.()
      onError(error)
    },
  )
}

/**
 * Lets a shutdown wait for work that a handler neither awaits nor returns, such as a write to the
 * database after the response: no hook of `onShutdown` runs before it has ended, or before the
 * deadline. If it rejects, that is logged. With Fastify pass `request.raw`, with Koa `ctx.req`.
 */
export function waitUntil(req: IncomingMessage, work: PromiseLike<unknown>): void {
  track(req, work, (error) => requestOf(req)?.workFailed?.(error))
}
