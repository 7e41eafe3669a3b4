import { type ExceptionFilterLike, notingFilter } from '@clew/internal/adapters/errors'
import { isNest, mountOnNest, type NestAppLike } from '@clew/internal/adapters/nest'
import { optionsOf } from './errors.ts'
import { type AdapterOptions, adaptedHttp } from './logger/adapted-http.ts'
import type { HttpOptions } from './requests/http.ts'

export type { ArgumentsHostLike, ExceptionFilterLike } from '@clew/internal/adapters/errors'
export type { NestAppLike, NestLike } from '@clew/internal/adapters/nest'

/**
 * `app.useGlobalFilters(errors(new BaseExceptionFilter(app.getHttpAdapter())))`: a filter that notes
 * the exception that Nest answers with a 5xx, for the closing line, and lets `filter` answer it.
 * `filter` is Nest's own or one of yours. On Express and on Fastify.
 *
 * @throws LogError `ERR_LOG_OPTION`
 */
export function errors<F extends ExceptionFilterLike>(filter: F): F {
  if (typeof (filter as F | undefined)?.catch !== 'function') {
    throw optionsOf('log.errors').error('filter', 'an exception filter', filter)
  }
  return notingFilter(filter)
}

/**
 * `observe(app, new BaseExceptionFilter(app.getHttpAdapter()))`, before `listen`: `http` of
 * `@clew/log` with Nest's route, and {@link errors}, so that the closing line has the exception
 * behind a 5xx. On Express and on Fastify. Returns the application.
 *
 * @throws LogError `ERR_LOG_OPTION`
 */
export function observe<T extends NestAppLike>(
  app: T,
  filter: ExceptionFilterLike,
  options?: HttpOptions & AdapterOptions,
): T {
  if (!isNest(app)) throw optionsOf('log.observe').error('app', 'an application of Nest', app)
  const noting = errors(filter)
  mountOnNest(app, adaptedHttp(options))
  app.useGlobalFilters(noting)
  return app
}
