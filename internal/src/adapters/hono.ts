import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '../requests/route.ts'

/** The part of Hono's context that is used. @hono/node-server sets `incoming` and `outgoing`. */
export interface HonoContextLike {
  readonly env: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  readonly error?: unknown
  readonly req: {
    readonly matchedRoutes: readonly { readonly method: string; readonly path: string }[]
  }
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/** Records the route, once the handler has run. */
export function writeHonoRoute(req: IncomingMessage, hono: HonoContextLike): void {
  // The list includes middleware, for every method; the route of the handler is the last one.
  const last = hono.req.matchedRoutes.at(-1)
  const isMiddleware = last?.method === 'ALL' && last.path.endsWith('*')
  if (!isMiddleware) writeRoute(req, last?.path)
}
