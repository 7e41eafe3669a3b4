import type { IncomingMessage, ServerResponse } from 'node:http'
import { activeContext, spanOf } from './api.ts'
import { http as connect, type HttpOptions } from './http.ts'
import { recordError } from './span.ts'
import { writeRoute } from './written-route.ts'

/** As much of Hono's context as this needs; `incoming` and `outgoing` come from @hono/node-server. */
export interface HonoContextLike {
  readonly env: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  readonly error?: unknown
  readonly req: {
    readonly matchedRoutes: readonly { readonly method: string; readonly path: string }[]
  }
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/** `app.use(http())`: what `http` of `@clew/trace` does, with Hono's route. Needs @hono/node-server; elsewhere it lets everything through. */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = connect(options)
  return (hono, next) => {
    const { incoming, outgoing } = hono.env ?? {}
    if (incoming === undefined || outgoing === undefined) return next()
    return new Promise<void>((resolve, reject) => {
      const rest = async () => {
        const span = spanOf(activeContext())
        try {
          await next()
        } finally {
          // Middleware is in the list too, for every method; the handler's own route is the last one.
          const last = hono.req.matchedRoutes.at(-1)
          writeRoute(incoming, last?.method === 'ALL' && last.path.endsWith('*') ? '' : last?.path)
          if (span !== undefined && hono.error !== undefined) recordError(span, hono.error)
        }
      }
      middleware(incoming, outgoing, () => void rest().then(resolve, reject))
    })
  }
}
