import { type KoaMiddleware, runKoa } from '@clew/internal/adapters/koa'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { KoaContextLike, KoaMiddleware } from '@clew/internal/adapters/koa'

/** `app.use(http())`: does what `http` of `@clew/metrics` does, with the route of @koa/router. */
export function http(options?: HttpOptions): KoaMiddleware {
  const middleware = middlewareOf(options)
  return (koa, next) => {
    middleware(koa.req, koa.res, () => {})
    return runKoa(koa, next)
  }
}
