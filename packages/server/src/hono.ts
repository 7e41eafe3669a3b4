import {
  bindingsOf,
  type HonoContextLike,
  type HonoMiddleware,
  runHono,
} from '@clew/internal/adapters/hono'

/**
 * Middleware for Hono, to be used first: says which route a request has matched, and why it failed.
 * A server around `getRequestListener(app.fetch)` does not see either.
 */
export function routes(): HonoMiddleware {
  return (context, next) => {
    const { incoming } = bindingsOf(context)
    return incoming === undefined ? next() : runHono(incoming, context, next)
  }
}

export type { HonoContextLike, HonoMiddleware }
