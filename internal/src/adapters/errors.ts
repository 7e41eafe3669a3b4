import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '../requests/record.ts'
import type { FastifyRequestLike } from './fastify.ts'

// What a framework turns into an answer never comes to the middleware in front: each has a place of
// its own where errors pass. The first one that is noted is the reason of a 5xx.

/** Notes why a request fails. */
export const noteError = (req: IncomingMessage, error: unknown): void => {
  recordOf(req).error ??= error
}

/** Connect's form of middleware for errors: Express knows it by its four parameters. */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Notes the error, and passes it on. */
export const errorMiddleware: ErrorMiddleware = (error, req, _res, next) => {
  noteError(req, error)
  next(error)
}

export type OnErrorHook = (
  request: FastifyRequestLike,
  reply: unknown,
  error: unknown,
  done: () => void,
) => void

/** Notes the error before Fastify's error handler answers it. */
export const onErrorHook: OnErrorHook = (request, _reply, error, done) => {
  noteError(request.raw, error)
  done()
}

/** The part of Nest's exception filters that is used. */
export interface ExceptionFilterLike {
  catch(exception: unknown, host: ArgumentsHostLike): unknown
}

export interface ArgumentsHostLike {
  getType?(): string
  switchToHttp(): { getRequest(): unknown }
}

/**
 * The same filter, which notes what it is given. It inherits from `filter`, so that Nest finds its
 * `@Catch()`.
 */
export function notingFilter<F extends ExceptionFilterLike>(filter: F): F {
  return Object.create(filter, {
    catch: {
      value(this: F, exception: unknown, host: ArgumentsHostLike) {
        noteOf(host, exception)
        return filter.catch(exception, host as never)
      },
    },
  }) as F
}

function noteOf(host: ArgumentsHostLike, exception: unknown): void {
  if (host.getType?.() !== 'http') return
  const request = host.switchToHttp().getRequest() as { readonly raw?: IncomingMessage } | undefined
  // On Fastify, Node's request is `raw`.
  if (request !== undefined) noteError(request.raw ?? (request as IncomingMessage), exception)
}
