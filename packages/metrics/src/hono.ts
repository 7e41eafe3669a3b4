import type { IncomingMessage, ServerResponse } from 'node:http'
import { http as connect, type HttpOptions } from './http.ts'
import { writeRoute } from './written-route.ts'

/** As much of Hono's context as this needs; `incoming` and `outgoing` come from @hono/node-server. */
export interface HonoContextLike {
  readonly env: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  readonly req: {
    readonly matchedRoutes: readonly { readonly method: string; readonly path: string }[]
  }
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/** `app.use(http())`: what `http` of `@clew/metrics` does, with Hono's route. Needs @hono/node-server; elsewhere it measures nothing. */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = connect(options)
  return async (hono, next) => {
    const { incoming, outgoing } = hono.env ?? {}
    if (incoming === undefined || outgoing === undefined) return next()
    middleware(incoming, outgoing, () => {})
    try {
      await next()
    } finally {
      // Middleware is in the list too, for every method; the handler's own route is the last one.
      const last = hono.req.matchedRoutes.at(-1)
      writeRoute(incoming, last?.method === 'ALL' && last.path.endsWith('*') ? '' : last?.path)
    }
  }
}
