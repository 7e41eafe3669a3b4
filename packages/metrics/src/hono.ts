import { bindingsOf, type HonoMiddleware, runHono } from '@clew/internal/adapters/hono'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { HonoContextLike, HonoMiddleware } from '@clew/internal/adapters/hono'

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
