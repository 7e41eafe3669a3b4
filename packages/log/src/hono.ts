import { createHonoMiddleware, type HonoMiddleware } from '@clew/internal/adapters/hono'
import { type AdapterOptions, adaptedHttp } from './logger/adapted-http.ts'
import type { HttpOptions } from './requests/http.ts'

export type { HonoContextLike, HonoMiddleware } from '@clew/internal/adapters/hono'
export type { AdapterOptions } from './logger/adapted-http.ts'
export type { HttpOptions } from './requests/http.ts'

/**
 * `app.use(http())`: `http` of `@clew/log` with Hono's route. The error behind a 5xx is on the closing
 * line. Needs @hono/node-server; elsewhere it does nothing.
 */
export function http(options?: HttpOptions & AdapterOptions): HonoMiddleware {
  return createHonoMiddleware(adaptedHttp(options))
}
