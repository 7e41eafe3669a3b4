import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler, Middleware } from '../requests/middleware.ts'
import { recordOf } from '../requests/record.ts'
import { writeRoute } from '../requests/route.ts'

/** The part of Hono's context that is used. */
export interface HonoContextLike {
  /** Unknown to an application that does not name its bindings. */
  readonly env: unknown
  readonly error?: unknown
  readonly req: {
    /** What matches the request, in the order in which it runs: middleware and handlers. */
    readonly matchedRoutes: readonly HonoRouteLike[]
    /** The index of the last one that ran. */
    readonly routeIndex: number
  }
}

interface NodeBindings {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

/** What @hono/node-server puts into `env`; other servers have bindings of their own, or none. */
export function bindingsOf({ env }: Pick<HonoContextLike, 'env'>): NodeBindings {
  return (env as NodeBindings | undefined) ?? {}
}

interface HonoRouteLike {
  readonly method: string
  readonly path: string
  readonly handler?: unknown
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>

/** Hono's form of `middleware`, in which the rest of the request runs. Needs @hono/node-server. */
export function createHonoMiddleware(middleware: Middleware): HonoMiddleware {
  return (hono, next) => {
    const { incoming, outgoing } = bindingsOf(hono)
    if (incoming === undefined || outgoing === undefined) return next()
    return new Promise<void>((resolve, reject) => {
      middleware(incoming, outgoing, () => void runHono(incoming, hono, next).then(resolve, reject))
    })
  }
}

/** Runs the rest of a request, then records its route, and the error that Hono has turned into the answer. */
export async function runHono(
  req: IncomingMessage,
  hono: HonoContextLike,
  next: () => Promise<void>,
): Promise<void> {
  const noteError = (error: unknown) => {
    if (error !== undefined) recordOf(req).error ??= error
  }
  try {
    await next()
    noteError(hono.error)
  } catch (error) {
    // What is thrown and no Error never reaches Hono's own handling.
    noteError(error)
    throw error
  } finally {
    writeRoute(req, routeOf(hono))
  }
}

/** The route of the handler that ran last: those behind it match too, and have not been asked. */
function routeOf({ req: { matchedRoutes, routeIndex } }: HonoContextLike): string | undefined {
  return matchedRoutes.slice(0, routeIndex + 1).findLast((route) => !isMiddleware(route))?.path
}

/**
 * Hono keeps `use('/a/*', …)` and `all('/a/*', …)` alike. It tells the two apart by the parameters
 * of the function (`inspectRoutes`), since middleware takes `next`.
 */
function isMiddleware({ method, path, handler }: HonoRouteLike): boolean {
  if (method !== 'ALL' || !path.endsWith('*')) return false
  const target = targetOf(handler)
  // `mount` makes a handler of this name, which passes on what the other application leaves.
  return target === undefined || (target.length > 1 && target.name !== 'handler')
}

/** The handler of a sub-application, which Hono wraps if the sub-application has its own `onError`. */
export function targetOf(handler: unknown): { length: number; name: string } | undefined {
  let target = handler
  for (let depth = 0; depth < 8; depth++) {
    if (typeof target !== 'function') return undefined
    const inner = (target as { readonly __COMPOSED_HANDLER?: unknown }).__COMPOSED_HANDLER
    if (inner === undefined) return target as never
    target = inner
  }
  return undefined
}

/** A route of Hono that a handler of Node answers. */
export type HonoHandler = (context: Pick<HonoContextLike, 'env'>) => Response

/** Hono's form of `handler`. Elsewhere than on @hono/node-server it answers 501. */
export function createHonoHandler(handler: Handler): HonoHandler {
  return (hono) => {
    const { incoming, outgoing } = bindingsOf(hono)
    if (incoming === undefined || outgoing === undefined) {
      return new Response('needs @hono/node-server\n', { status: 501 })
    }
    handler(incoming, outgoing)
    // What @hono/node-server calls RESPONSE_ALREADY_SENT.
    return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  }
}
