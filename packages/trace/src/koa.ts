import type { IncomingMessage, ServerResponse } from 'node:http'
import { activeContext, spanOf } from './api.ts'
import { http as connect, type HttpOptions } from './http.ts'
import { recordError } from './span.ts'
import { writeRoute } from './written-route.ts'

/** As much of Koa's context as this needs; `_matchedRoute` is what @koa/router leaves there. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly _matchedRoute?: unknown
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** `app.use(http())`: what `http` of `@clew/trace` does, with the route of @koa/router, and the error that makes a 5xx on the span. */
export function http(options?: HttpOptions): KoaMiddleware {
  const middleware = connect(options)
  return (koa, next) =>
    new Promise<void>((resolve, reject) => {
      const rest = async () => {
        const span = spanOf(activeContext())
        try {
          await next()
        } catch (error) {
          const status = (error as { status?: unknown } | null)?.status
          if (span !== undefined && !(typeof status === 'number' && status < 500)) {
            recordError(span, error)
          }
          throw error
        } finally {
          writeRoute(koa.req, koa._matchedRoute)
        }
      }
      middleware(koa.req, koa.res, () => void rest().then(resolve, reject))
    })
}
