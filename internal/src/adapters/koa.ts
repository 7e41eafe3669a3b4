import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler, Middleware } from '../requests/middleware.ts'
import { recordOf } from '../requests/record.ts'
import { writeRoute } from '../requests/route.ts'
import { pathOf } from '../requests/target.ts'

/** The part of Koa's context that is used. The rest is set by @koa/router and koa-mount. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The path of the last layer that ran: of a route, or of middleware of the router. */
  readonly routerPath?: unknown
  /** The layers whose path matches, of all routers that the request has come to. */
  readonly matched?: unknown
  /** Where koa-mount has last mounted an application that was asked. */
  readonly mountPath?: unknown
}

interface LayerLike {
  readonly path: unknown
  /** Empty for middleware. */
  readonly methods: readonly string[]
  match?(path: string): boolean
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** Koa's form of `middleware`, in which the rest of the request runs. */
export function createKoaMiddleware(middleware: Middleware): KoaMiddleware {
  return (koa, next) =>
    new Promise<void>((resolve, reject) => {
      middleware(koa.req, koa.res, () => void runKoa(koa, next).then(resolve, reject))
    })
}

/** Runs the rest of a request, then records its route, and the error that goes on to Koa. */
export async function runKoa(koa: KoaContextLike, next: () => Promise<unknown>): Promise<void> {
  try {
    await noteKoaError(koa, next)
  } finally {
    writeRoute(koa.req, routeOf(koa))
  }
}

/** Runs the rest of a request, and records its error. */
export async function noteKoaError(
  { req }: KoaContextLike,
  next: () => Promise<unknown>,
): Promise<void> {
  try {
    await next()
  } catch (error) {
    recordOf(req).error ??= error
    throw error
  }
}

/** The route of the handler that ran last; undefined where middleware of the router has answered. */
function routeOf({ req, routerPath, matched, mountPath }: KoaContextLike): string | undefined {
  if (!Array.isArray(matched)) return undefined
  const layer = (matched as readonly LayerLike[]).findLast(
    ({ path, methods }) => path === routerPath && methods?.length > 0,
  )
  if (layer === undefined) return undefined
  const route = String(layer.path)
  if (typeof mountPath !== 'string') return route
  const mount = mountOf(layer, pathOf(req), mountPath)
  return route === '/' && mount !== '' ? mount : mount + route
}

/**
 * The start of the path that koa-mount has taken off: what the layer matches is the rest. Mounts are
 * written in the code, so that no value of a parameter can be in them.
 */
function mountOf(layer: LayerLike, path: string, mountPath: string): string {
  const ending = mountPath.replace(/\/+$/, '')
  let first: string | undefined
  for (let at = 0; at >= 0; at = nextSlash(path, at + 1)) {
    const mount = path.slice(0, at)
    if (layer.match?.(path.slice(at) || '/') !== true) continue
    if (ending !== '' && mount.endsWith(ending)) return mount
    first ??= mount
  }
  return first ?? ''
}

/** The next slash, or the end of the path; then -1. */
function nextSlash(path: string, from: number): number {
  const slash = path.indexOf('/', from)
  return slash < 0 && from <= path.length ? path.length : slash
}

/** A route of Koa that a handler of Node answers. */
export type KoaHandler = (
  context: Pick<KoaContextLike, 'req' | 'res'> & { respond?: boolean },
) => void

/** Koa's form of `handler`. */
export function createKoaHandler(handler: Handler): KoaHandler {
  return (koa) => {
    koa.respond = false
    handler(koa.req, koa.res)
  }
}
