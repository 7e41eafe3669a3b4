import { type HonoMiddleware, writeHonoRoute } from '@clew/internal/adapters/hono'
import { recordOf } from '@clew/internal/requests/record'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { HonoContextLike, HonoMiddleware } from '@clew/internal/adapters/hono'

/**
 * `app.use(http())`: `http` of `@clew/trace` with Hono's route. The error behind a 5xx is recorded
 * on the span. Needs @hono/node-server; elsewhere it does nothing.
 */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = middlewareOf(options)
  return (hono, next) => {
    const { incoming, outgoing } = hono.env ?? {}
    if (incoming === undefined || outgoing === undefined) return next()
    return new Promise<void>((resolve, reject) => {
      const rest = async () => {
        try {
          await next()
        } finally {
          writeHonoRoute(incoming, hono)
          if (hono.error !== undefined) recordOf(incoming).error ??= hono.error
        }
      }
      middleware(incoming, outgoing, () => void rest().then(resolve, reject))
    })
  }
}
