import type { IncomingMessage } from 'node:http'
import { noteError } from '@clew/internal/adapters/errors'

/**
 * Says why a request fails, for its log line, span and metrics: call it in an error handler of your
 * own, before the answer. What a handler throws or rejects with is recorded without it, and so is
 * what reaches the default error handler of Express, Fastify and Koa. With Fastify pass
 * `request.raw`, with Koa `ctx.req`.
 */
export function failed(req: IncomingMessage, error: unknown): void {
  noteError(req, error)
}
