import { type ExceptionFilterLike, notingFilter } from '@clew/internal/adapters/errors'
import { optionsOf } from './errors.ts'

export type { ArgumentsHostLike, ExceptionFilterLike } from '@clew/internal/adapters/errors'

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
