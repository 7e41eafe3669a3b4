import { isNest, mountOnNest, type NestLike } from '@clew/internal/adapters/nest'
import { checkFor } from './errors.ts'
import { type HttpOptions, http } from './http/middleware.ts'

export type { NestLike } from '@clew/internal/adapters/nest'

/**
 * `observe(app)`, before `listen`: does what `http` of `@clew/metrics` does, with Nest's route, on
 * Express and on Fastify. Returns the application.
 *
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function observe<T extends NestLike>(app: T, options?: HttpOptions): T {
  if (!isNest(app)) throw checkFor('observe').error('app', 'an application of Nest', app)
  mountOnNest(app, http(options))
  return app
}
