import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import { http as connect, type HttpOptions } from './http/middleware.ts'

/** The part of Koa's context that is needed here. `_matchedRoute` is written by @koa/router. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly _matchedRoute?: unknown
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** `app.use(http())`: does what `http` of `@clew/metrics` does, with the route of @koa/router. */
export function http(options?: HttpOptions): KoaMiddleware {
  const middleware = connect(options)
  return async (koa, next) => {
    middleware(koa.req, koa.res, () => {})
    try {
      await next()
    } finally {
      writeRoute(koa.req, koa._matchedRoute)
    }
  }
}
