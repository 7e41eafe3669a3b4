import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import { http as connect, type HttpOptions } from './http/middleware.ts'

/** The part of Fastify's request that is needed here. */
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
 * `app.addHook('onRequest', http())`: does what `http` of `@clew/metrics` does, with Fastify's
 * route.
 */
export function http(options?: HttpOptions): OnRequestHook {
  const middleware = connect(options)
  return (request, reply, done) => {
    writeRoute(request.raw, request.routeOptions?.url)
    middleware(request.raw, reply.raw, () => done())
  }
}
