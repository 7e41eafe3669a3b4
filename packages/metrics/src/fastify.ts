import {
  createFastifyHandler,
  createOnRequestHook,
  type FastifyHandler,
  type OnRequestHook,
} from '@clew/internal/adapters/fastify'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'
import { handlerOf, type MetersLike } from './prometheus/route.ts'

export type {
  FastifyHandler,
  FastifyRequestLike,
  OnRequestHook,
} from '@clew/internal/adapters/fastify'
export type { MetersLike } from './prometheus/route.ts'

/**
 * `app.addHook('onRequest', http())`: does what `http` of `@clew/metrics` does, with Fastify's
 * route.
 */
export function http(options?: HttpOptions): OnRequestHook {
  return createOnRequestHook(middlewareOf(options))
}

/**
 * `app.get('/metrics', handler(meters))`: `meters.handler` as a route of Fastify.
 *
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function handler(meters: MetersLike): FastifyHandler {
  return createFastifyHandler(handlerOf(meters))
}
