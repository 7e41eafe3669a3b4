import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import { type HttpOptions, http as middlewareOf } from './http/middleware.ts'

/** The part of Fastify's request that is used. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
  readonly routeOptions?: { readonly url?: string | undefined }
}

export type OnRequestHook = (
  request: FastifyRequestLike,
  reply: { readonly raw: ServerResponse },
  done: () => void,
) => void

/**
 * `app.addHook('onRequest', http())`: `http` of `@clew/trace` with Fastify's route, which the
 * sampler knows already.
 */
export function http(options?: HttpOptions): OnRequestHook {
  const middleware = middlewareOf(options)
  return (request, reply, done) => {
    writeRoute(request.raw, request.routeOptions?.url)
    middleware(request.raw, reply.raw, () => done())
  }
}
