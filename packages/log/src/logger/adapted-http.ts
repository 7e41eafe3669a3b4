import type { Middleware } from '@clew/internal/requests/middleware'
import { optionsOf } from '../errors.ts'
import type { HttpOptions } from '../requests/http.ts'
import { current } from './default-logger.ts'
import type { Logger } from './logger.ts'

/** What `http` of an adapter takes besides the options of `log.http`. */
export interface AdapterOptions {
  /** Whose lines they are. @defaultValue the default logger */
  readonly logger?: Pick<Logger, 'http'>
}

/** The middleware that an adapter puts into its framework. */
export function adaptedHttp(options?: HttpOptions & AdapterOptions): Middleware {
  if (typeof options !== 'object' || options === null) return current().http(options)
  const { logger, ...rest } = options
  if (logger === undefined) return current().http(rest)
  if (typeof logger?.http !== 'function') {
    throw optionsOf('log.http').error('logger', 'a logger', logger)
  }
  return logger.http(rest)
}
