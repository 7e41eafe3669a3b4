import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { writeRoute } from '@clew/internal/requests/route'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

/** The part of Koa's context that is used. @koa/router sets `_matchedRoute`. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly _matchedRoute?: unknown
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

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
          writeRoute(koa.req, koa._matchedRoute)
        }
      }
      middleware(koa.req, koa.res, () => void rest().then(resolve, reject))
    })
}
