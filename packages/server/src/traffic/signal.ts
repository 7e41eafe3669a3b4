import type { IncomingMessage } from 'node:http'
import { findRecord } from '@clew/internal/requests/slot'
import type { ActiveRequest } from './active-request.ts'

// The part may be of another copy of this package: the ESM and the CommonJS one share the records.
export function requestOf(req: IncomingMessage): ActiveRequest | undefined {
  return findRecord(req)?.server as ActiveRequest | undefined
}

/**
 * A signal for the work done on behalf of this request. It aborts if the client disconnects before
 * the response is complete (`ERR_SERVER_CLIENT_GONE`), and shortly before a shutdown cuts the
 * request (`ERR_SERVER_CLOSING`), and when `timeouts.handlerMs` is over (`ERR_SERVER_TIMEOUT`). With
 * Fastify pass `request.raw`, with Koa `ctx.req`. A request that no Clew server handles has a signal that never aborts.
 */
export function signal(req: IncomingMessage): AbortSignal {
  return requestOf(req)?.signal ?? new AbortController().signal
}

/**
 * A signal that aborts when the server begins to drain (`ERR_SERVER_CLOSING`), and is aborted for
 * all requests after that. End event streams and close WebSockets then, so that their clients
 * connect to another instance; `onDrain` is called only once, and what opens later misses it. With
 * Fastify pass `request.raw`, with Koa `ctx.req`.
 */
export function draining(req: IncomingMessage): AbortSignal {
  return requestOf(req)?.draining ?? new AbortController().signal
}

/** Why this request was aborted, if somebody holds its signal and `error` is the consequence. */
export function abortBehind(
  req: IncomingMessage,
  error: unknown,
): 'closing' | 'gone' | 'late' | undefined {
  const reason = requestOf(req)?.abortReason
  if (reason === undefined) return undefined
  const isConsequence =
    error === reason || (error as { name?: unknown } | null)?.name === 'AbortError'
  if (!isConsequence) return undefined
  if (reason.code === 'ERR_SERVER_TIMEOUT') return 'late'
  return reason.code === 'ERR_SERVER_CLOSING' ? 'closing' : 'gone'
}
