import {
  createKoaHandler,
  type KoaHandler,
  type KoaMiddleware,
  runKoa,
} from '@clew/internal/adapters/koa'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'
import { handlerOf, type MetersLike } from './prometheus/route.ts'

export type { KoaContextLike, KoaHandler, KoaMiddleware } from '@clew/internal/adapters/koa'
export type { MetersLike } from './prometheus/route.ts'

/** `app.use(http())`: does what `http` of `@clew/metrics` does, with the route of @koa/router. */
export function http(options?: HttpOptions): KoaMiddleware {
  const middleware = middlewareOf(options)
  return (koa, next) => {
    middleware(koa.req, koa.res, () => {})
    return runKoa(koa, next)
  }
}

/**
 * `router.get('/metrics', handler(meters))`: `meters.handler` as a route of Koa.
 *
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function handler(meters: MetersLike): KoaHandler {
  return createKoaHandler(handlerOf(meters))
}
