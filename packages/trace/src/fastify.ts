import { createOnRequestHook, type OnRequestHook } from '@clew/internal/adapters/fastify'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { FastifyRequestLike, OnRequestHook } from '@clew/internal/adapters/fastify'

/**
 * `app.addHook('onRequest', http())`: `http` of `@clew/trace` with Fastify's route, which the
 * sampler knows already.
 */
export function http(options?: HttpOptions): OnRequestHook {
  return createOnRequestHook(middlewareOf(options))
}
