import { createKoaMiddleware, type KoaMiddleware, noteKoaError } from '@clew/internal/adapters/koa'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { KoaContextLike, KoaMiddleware } from '@clew/internal/adapters/koa'

/**
 * `app.use(http())`: `http` of `@clew/trace` with the route of @koa/router. The error behind a 5xx
 * is recorded on the span.
 */
export function http(options?: HttpOptions): KoaMiddleware {
  return createKoaMiddleware(middlewareOf(options))
}

/**
 * `app.use(errors())` behind error handling of your own: notes the error that it answers with a 5xx,
 * for span and log line. What reaches Koa itself is noted by {@link http}.
 */
export function errors(): KoaMiddleware {
  return noteKoaError
}
