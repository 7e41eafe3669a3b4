import type { IncomingMessage } from 'node:http'
import { monotonicMs } from '@clew/internal/time/clock'
import type { ActiveRequest } from './active-request.ts'
import { isBodyComplete, noError, streamOf } from './http2.ts'
import { requestOf } from './signal.ts'
import type { Traffic } from './traffic.ts'

export interface ReadLimits {
  /** 0 = no limit. */
  readonly readMs: number
  /** So many bytes start the time anew; 0 = it never starts anew. */
  readonly progressBytes: number
  /** How often the requests are looked at. */
  readonly intervalMs: number
}

/**
 * Finds requests whose body takes longer than `readMs`. Node's `requestTimeout` is the same for all
 * routes, and also cuts an upload that is merely large.
 *
 * @param onLate - called with each of them, once
 * @returns a function that ends the guard
 */
export function guardReads(
  traffic: Traffic,
  limits: ReadLimits,
  onLate: (request: ActiveRequest) => void,
): () => void {
  const timer = setInterval(() => {
    const now = monotonicMs()
    for (const request of traffic.requests()) {
      if (isLate(request, limits, now)) onLate(request)
    }
    for (const request of traffic.unread) {
      const { record, connection } = request
      const { req } = record
      if (isBodyComplete(req) || connection.socket.destroyed) traffic.unread.delete(request)
      else if (isLate(request, limits, now)) dropBody(request)
    }
  }, limits.intervalMs).unref()
  return () => clearInterval(timer)
}

/** Of a request that was answered: HTTP/2 can end it alone. */
function dropBody({ record: { req }, connection }: ActiveRequest): void {
  const stream = streamOf(req)
  if (stream === undefined) connection.socket.destroy()
  else stream.close(noError)
}

function isLate(request: ActiveRequest, limits: ReadLimits, now: number): boolean {
  const {
    connection: { socket, isReleased },
    record: { req, startMs },
  } = request
  if (isReleased || isBodyComplete(req)) return false
  const { readMs = limits.readMs } = request
  if (readMs === 0) return false
  const { bytesRead } = socket
  request.reading ??= { sinceMs: startMs, bytes: bytesRead }
  const { reading } = request
  const hasProgress = limits.progressBytes > 0 && bytesRead - reading.bytes >= limits.progressBytes
  // What waits for a handler to read it is not the client's fault.
  if (hasProgress || req.readableLength > 0) {
    reading.sinceMs = now
    reading.bytes = bytesRead
  }
  return now - reading.sinceMs >= readMs
}

/**
 * Gives one request another limit than `timeouts.readMs` for its body, such as that of a route for
 * uploads. The time begins with the request. With Fastify pass `request.raw`, with Koa `ctx.req`.
 *
 * @param ms - 0 = no limit
 */
export function readWithin(req: IncomingMessage, ms: number): void {
  const request = requestOf(req)
  if (request !== undefined) request.readMs = ms
}
