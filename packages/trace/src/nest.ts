import { type ExceptionFilterLike, notingFilter } from '@clew/internal/adapters/errors'
import { isNest, mountOnNest, type NestAppLike } from '@clew/internal/adapters/nest'
import { optionCheck } from './errors.ts'
import { type HttpOptions, http } from './http/middleware.ts'

export type { ArgumentsHostLike, ExceptionFilterLike } from '@clew/internal/adapters/errors'
export type { NestAppLike, NestLike } from '@clew/internal/adapters/nest'

/**
 * `app.useGlobalFilters(errors(new BaseExceptionFilter(app.getHttpAdapter())))`: a filter that notes
 * the exception that Nest answers with a 5xx, for span and log line, and lets `filter` answer it.
 * `filter` is Nest's own or one of yours. On Express and on Fastify.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function errors<F extends ExceptionFilterLike>(filter: F): F {
  if (typeof (filter as F | undefined)?.catch !== 'function') {
    throw optionCheck('errors').error('filter', 'an exception filter', filter)
  }
  return notingFilter(filter)
}

/**
 * `observe(app, new BaseExceptionFilter(app.getHttpAdapter()))`, before `listen`: `http` of
 * `@clew/trace` with Nest's route, and {@link errors}, so that the span has the exception behind a
 * 5xx. On Express and on Fastify. Returns the application.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function observe<T extends NestAppLike>(
  app: T,
  filter: ExceptionFilterLike,
  options?: HttpOptions,
): T {
  if (!isNest(app)) throw optionCheck('observe').error('app', 'an application of Nest', app)
  const noting = errors(filter)
  mountOnNest(app, http(options))
  app.useGlobalFilters(noting)
  return app
}
