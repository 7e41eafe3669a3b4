import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import { failed } from './failure.ts'

interface FastifyEvent {
  readonly request?: { readonly raw?: IncomingMessage }
  readonly reply?: { readonly statusCode?: number }
  readonly route?: { readonly url?: unknown }
  readonly error?: unknown
}

let isHeard = false

/**
 * Fastify publishes each request on diagnostics channels: the server sees its route and its error
 * without a plugin, also when it is given `app.routing`, or is inside Nest.
 */
export function hearFastify(): void {
  if (isHeard) return
  isHeard = true
  subscribe('tracing:fastify.request.handler:start', (message) => {
    const { request, route } = message as FastifyEvent
    if (request?.raw) writeRoute(request.raw, route?.url)
  })
  subscribe('tracing:fastify.request.handler:error', (message) => {
    const { request, reply, error } = message as FastifyEvent
    if (request?.raw && (reply?.statusCode ?? 500) >= 500) failed(request.raw, error)
  })
}
