import type { IncomingMessage } from 'node:http'
import { monotonicMs } from '@clew/internal/time/clock'
import type { ActiveRequest } from './active-request.ts'
import { isBodyComplete } from './http2.ts'
import { requestOf } from './signal.ts'
import type { Traffic } from './traffic.ts'

/**
 * Finds requests whose handler has not begun its answer within `handlerMs`.
 *
 * @param handlerMs - 0 = no limit, unless a request has its own
 * @param onLate - called with each of them, once
 * @returns a function that ends the guard
 */
export function guardHandlers(
  traffic: Traffic,
  { handlerMs, intervalMs }: { readonly handlerMs: number; readonly intervalMs: number },
  onLate: (request: ActiveRequest) => void,
): () => void {
  const timer = setInterval(() => {
    const now = monotonicMs()
    for (const request of traffic.requests()) {
      const limitMs = request.handlerMs ?? handlerMs
      if (limitMs > 0 && isLate(request, limitMs, now)) onLate(request)
    }
  }, intervalMs).unref()
  return () => clearInterval(timer)
}

function isLate(request: ActiveRequest, limitMs: number, now: number): boolean {
  const {
    res,
    record: { req, startMs },
  } = request
  if (res.headersSent || res.writableEnded) return false
  // It waits for its client, which has limits of its own.
  if (req.readableLength === 0 && !isBodyComplete(req)) request.handlingSince = now
  return now - (request.handlingSince ?? startMs) >= limitMs
}

/**
 * Gives one request another limit than `timeouts.handlerMs` for the beginning of its answer, such as
 * a long poll. With Fastify pass `request.raw`, with Koa `ctx.req`.
 *
 * @param ms - 0 = no limit
 */
export function answerWithin(req: IncomingMessage, ms: number): void {
  const request = requestOf(req)
  if (request !== undefined) request.handlerMs = ms
}
