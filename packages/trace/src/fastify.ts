import { type OnErrorHook, onErrorHook } from '@clew/internal/adapters/errors'
import { createOnRequestHook, type OnRequestHook } from '@clew/internal/adapters/fastify'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { OnErrorHook } from '@clew/internal/adapters/errors'
export type { FastifyRequestLike, OnRequestHook } from '@clew/internal/adapters/fastify'

/**
 * `app.addHook('onRequest', http())`: `http` of `@clew/trace` with Fastify's route, which the
 * sampler knows already.
 */
export function http(options?: HttpOptions): OnRequestHook {
  return createOnRequestHook(middlewareOf(options))
}

/**
 * `app.addHook('onError', errors())`: notes the error that Fastify answers with a 5xx, for span and
 * log line.
 */
export function errors(): OnErrorHook {
  return onErrorHook
}
