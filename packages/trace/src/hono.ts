import { createHonoMiddleware, type HonoMiddleware } from '@clew/internal/adapters/hono'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { HonoContextLike, HonoMiddleware } from '@clew/internal/adapters/hono'

/**
 * `app.use(http())`: `http` of `@clew/trace` with Hono's route. The error behind a 5xx is recorded
 * on the span. Needs @hono/node-server; elsewhere it does nothing.
 */
export function http(options?: HttpOptions): HonoMiddleware {
  return createHonoMiddleware(middlewareOf(options))
}
