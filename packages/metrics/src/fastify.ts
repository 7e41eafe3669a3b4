import { createOnRequestHook, type OnRequestHook } from '@clew/internal/adapters/fastify'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { FastifyRequestLike, OnRequestHook } from '@clew/internal/adapters/fastify'

/**
 * `app.addHook('onRequest', http())`: does what `http` of `@clew/metrics` does, with Fastify's
 * route.
 */
export function http(options?: HttpOptions): OnRequestHook {
  return createOnRequestHook(middlewareOf(options))
}
