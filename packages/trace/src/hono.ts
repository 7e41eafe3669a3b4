import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { writeRoute } from '@clew/internal/requests/route'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

/** The part of Hono's context that is used. @hono/node-server sets `incoming` and `outgoing`. */
export interface HonoContextLike {
  readonly env: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  readonly error?: unknown
  readonly req: {
    readonly matchedRoutes: readonly { readonly method: string; readonly path: string }[]
  }
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/**
 * `app.use(http())`: `http` of `@clew/trace` with Hono's route. The error behind a 5xx is recorded
 * on the span. Needs @hono/node-server; elsewhere it does nothing.
 */
export function http(options?: HttpOptions): HonoMiddleware {
  const middleware = middlewareOf(options)
  return (hono, next) => {
    const { incoming, outgoing } = hono.env ?? {}
    if (incoming === undefined || outgoing === undefined) return next()
    return new Promise<void>((resolve, reject) => {
      const rest = async () => {
        try {
          await next()
        } finally {
          // The list includes middleware, for every method; the route of the handler is the last
          // one.
          const last = hono.req.matchedRoutes.at(-1)
          const isMiddleware = last?.method === 'ALL' && last.path.endsWith('*')
          if (!isMiddleware) writeRoute(incoming, last?.path)
          if (hono.error !== undefined) recordOf(incoming).error ??= hono.error
        }
      }
      middleware(incoming, outgoing, () => void rest().then(resolve, reject))
    })
  }
}
