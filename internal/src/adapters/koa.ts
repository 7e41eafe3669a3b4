import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '../requests/route.ts'

/** The part of Koa's context that is used. @koa/router sets `_matchedRoute`. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly _matchedRoute?: unknown
}

export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** Records the route, once the router has run. */
export const writeKoaRoute = (koa: KoaContextLike): void => writeRoute(koa.req, koa._matchedRoute)
