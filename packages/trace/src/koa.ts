import { type KoaMiddleware, writeKoaRoute } from '@clew/internal/adapters/koa'
import { recordOf } from '@clew/internal/requests/record'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

export type { KoaContextLike, KoaMiddleware } from '@clew/internal/adapters/koa'

/**
 * `app.use(http())`: `http` of `@clew/trace` with the route of @koa/router. The error behind a 5xx
 * is recorded on the span.
 */
export function http(options?: HttpOptions): KoaMiddleware {
  const middleware = middlewareOf(options)
  return (koa, next) =>
    new Promise<void>((resolve, reject) => {
      const rest = async () => {
        try {
          await next()
        } catch (error) {
          recordOf(koa.req).error ??= error
          throw error
        } finally {
          writeKoaRoute(koa)
        }
      }
      middleware(koa.req, koa.res, () => void rest().then(resolve, reject))
    })
}
