import type { IncomingMessage, ServerResponse } from 'node:http'
import { http as connect, type HttpOptions } from './http.ts'
import { writeRoute } from './written-route.ts'

/** As much of Fastify's request as this needs. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
  readonly routeOptions?: { readonly url?: string | undefined }
}

export type OnRequestHook = (
  request: FastifyRequestLike,
  reply: { readonly raw: ServerResponse },
  done: () => void,
) => void

/** `app.addHook('onRequest', http())`: what `http` of `@clew/trace` does, with Fastify's route, known before the sampler is asked. */
export function http(options?: HttpOptions): OnRequestHook {
  const middleware = connect(options)
  return (request, reply, done) => {
    writeRoute(request.raw, request.routeOptions?.url)
    middleware(request.raw, reply.raw, () => done())
  }
}
