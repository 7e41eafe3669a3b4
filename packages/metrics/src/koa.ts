import type { IncomingMessage, ServerResponse } from 'node:http'
import { http as connect, type HttpOptions } from './http.ts'
import { writeRoute } from './written-route.ts'

/** As much of Koa's context as this needs; `_matchedRoute` is what @koa/router leaves there. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly _matchedRoute?: unknown
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** `app.use(http())`: what `http` of `@clew/metrics` does, with the route of @koa/router. */
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
