import type { IncomingMessage } from 'node:http'
import { monotonicMs } from '@clew/internal/time/clock'
import type { ActiveRequest } from './active-request.ts'
import type { Connection } from './connection.ts'
import { cancelled, streamOf } from './http2.ts'
import type { Traffic } from './traffic.ts'

export interface SessionLimits {
  /** Until the first request. 0 = no limit. */
  readonly readHeaderMs: number
  /** Between requests. 0 = no limit. */
  readonly idleMs: number
  /** For a response that its client does not read. 0 = no limit. */
  readonly writeMs: number
}

/**
 * The limits of HTTP/2 sessions, for which Node has none: those without a request are closed, and
 * responses that nobody reads are cut.
 *
 * @param onStalled - called before a response is cut
 * @returns a function that ends the guard
 */
export function guardSessions(
  traffic: Traffic,
  limits: SessionLimits,
  intervalMs: number,
  onStalled: (req: IncomingMessage) => void,
): () => void {
  const timer = setInterval(() => {
    const now = monotonicMs()
    for (const connection of traffic.connections) {
      if (connection.session !== undefined) closeUnused(connection, limits, now)
    }
    for (const request of traffic.requests()) {
      if (!isStalled(request, limits.writeMs, now)) continue
      onStalled(request.record.req)
      request.record.cause ??= 'timed_out'
      streamOf(request.record.req)?.close(cancelled)
    }
  }, intervalMs).unref()
  return () => clearInterval(timer)
}

/** The first time it is asked to leave; a client that does not is cut. */
function closeUnused(connection: Connection, limits: SessionLimits, now: number): void {
  const { session, requests, served, idleSince } = connection
  const limitMs = served === 0 ? limits.readHeaderMs : limits.idleMs
  if (session === undefined || requests.first !== undefined || limitMs === 0) return
  if (now - idleSince < limitMs) return
  if (session.closed) connection.destroy()
  else session.close()
}

/** No byte has moved on the connection since the bytes of this response began to wait. */
function isStalled(request: ActiveRequest, writeMs: number, now: number): boolean {
  const { connection, record, sending } = request
  if (writeMs === 0 || connection.session === undefined) return false
  const stream = streamOf(record.req)
  if (!stream || stream.destroyed || stream.writableLength === 0) {
    request.sending = undefined
    return false
  }
  const { bytesWritten } = connection.socket
  if (sending?.bytes !== bytesWritten || sending.waiting !== stream.writableLength) {
    request.sending = { sinceMs: now, bytes: bytesWritten, waiting: stream.writableLength }
    return false
  }
  return now - sending.sinceMs >= writeMs
}
