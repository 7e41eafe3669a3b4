import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import { http as connect, type HttpOptions } from './http/middleware.ts'

/**
 * The part of Hono's context that is needed here. @hono/node-server sets `incoming` and `outgoing`.
 */
export interface HonoContextLike {
  readonly env: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  readonly req: {
    readonly matchedRoutes: readonly { readonly method: string; readonly path: string }[]
  }
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/**
 * `app.use(http())`: does what `http` of `@clew/metrics` does, with Hono's route. Needs
 * @hono/node-server; on other servers it measures nothing.
 */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = connect(options)
  return async (hono, next) => {
    const { incoming, outgoing } = hono.env ?? {}
    if (incoming === undefined || outgoing === undefined) return next()
    middleware(incoming, outgoing, () => {})
    try {
      await next()
    } finally {
      // Middleware is listed too, with the method ALL; the handler's own route is the last one.
      const last = hono.req.matchedRoutes.at(-1)
      writeRoute(incoming, last?.method === 'ALL' && last.path.endsWith('*') ? '' : last?.path)
    }
  }
}
