import type { Handler } from '@clew/internal/requests/middleware'
import { checkFor } from '../errors.ts'

/** What `handler` of an adapter takes: the handle that `configure` returns. */
export interface MetersLike {
  readonly handler: Handler
}

/** The handler of `meters`, checked. */
export function handlerOf(meters: MetersLike): Handler {
  const handler: unknown = (meters as MetersLike | null | undefined)?.handler
  if (typeof handler !== 'function') {
    throw checkFor('handler').error('meters', 'what metrics.configure returns', meters)
  }
  return handler as Handler
}
