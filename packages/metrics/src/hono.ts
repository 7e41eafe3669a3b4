import {
  bindingsOf,
  createHonoHandler,
  type HonoHandler,
  type HonoMiddleware,
  runHono,
} from '@clew/internal/adapters/hono'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'
import { handlerOf, type MetersLike } from './prometheus/route.ts'

export type { HonoContextLike, HonoHandler, HonoMiddleware } from '@clew/internal/adapters/hono'
export type { MetersLike } from './prometheus/route.ts'

/**
 * `app.use(http())`: does what `http` of `@clew/metrics` does, with Hono's route. Needs
 * @hono/node-server; on other servers it measures nothing.
 */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = middlewareOf(options)
  return (hono, next) => {
    const { incoming, outgoing } = bindingsOf(hono)
    if (incoming === undefined || outgoing === undefined) return next()
    middleware(incoming, outgoing, () => {})
    return runHono(incoming, hono, next)
  }
}

/**
 * `app.get('/metrics', handler(meters))`: `meters.handler` as a route of Hono.
 *
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function handler(meters: MetersLike): HonoHandler {
  return createHonoHandler(handlerOf(meters))
}
