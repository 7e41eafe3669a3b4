import { createKoaMiddleware, type KoaMiddleware, noteKoaError } from '@clew/internal/adapters/koa'
import { type AdapterOptions, adaptedHttp } from './logger/adapted-http.ts'
import type { HttpOptions } from './requests/http.ts'

export type { KoaContextLike, KoaMiddleware } from '@clew/internal/adapters/koa'
export type { AdapterOptions } from './logger/adapted-http.ts'
export type { HttpOptions } from './requests/http.ts'

/**
 * `app.use(http())`: `http` of `@clew/log` with the route of @koa/router. The error behind a 5xx is on
 * the closing line.
 */
export function http(options?: HttpOptions & AdapterOptions): KoaMiddleware {
  return createKoaMiddleware(adaptedHttp(options))
}

/**
 * `app.use(errors())` behind error handling of your own: notes the error that it answers with a 5xx.
 * What reaches Koa itself is noted by {@link http}.
 */
export function errors(): KoaMiddleware {
  return noteKoaError
}
