import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler, Middleware } from '../requests/middleware.ts'
import { writeRoute } from '../requests/route.ts'

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

/** A hook that records Fastify's route and calls `middleware`. */
export function createOnRequestHook(middleware: Middleware): OnRequestHook {
  return (request, reply, done) => {
    writeRoute(request.raw, request.routeOptions?.url)
    middleware(request.raw, reply.raw, () => done())
  }
}

/** A route of Fastify that a handler of Node answers. */
export type FastifyHandler = (
  request: FastifyRequestLike,
  reply: { readonly raw: ServerResponse; hijack(): unknown },
) => void

/** Fastify's form of `handler`. */
export function createFastifyHandler(handler: Handler): FastifyHandler {
  return (request, reply) => {
    reply.hijack()
    handler(request.raw, reply.raw)
  }
}
