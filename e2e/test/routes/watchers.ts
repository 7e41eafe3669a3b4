import type { IncomingMessage, ServerResponse } from 'node:http'
import * as metrics from '@clew/metrics'
import * as metricsForFastify from '@clew/metrics/fastify'
import * as metricsForHono from '@clew/metrics/hono'
import * as metricsForKoa from '@clew/metrics/koa'
import * as trace from '@clew/trace'
import type { OnRequestHook } from '@clew/trace/fastify'
import * as traceForFastify from '@clew/trace/fastify'
import type { HonoContextLike, HonoMiddleware } from '@clew/trace/hono'
import * as traceForHono from '@clew/trace/hono'
import type { KoaMiddleware } from '@clew/trace/koa'
import * as traceForKoa from '@clew/trace/koa'

export type Connect = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** What observes the requests of an application, in the shape of each framework. */
export interface Watchers {
  readonly connect: readonly Connect[]
  readonly fastify: readonly OnRequestHook[]
  readonly koa: readonly KoaMiddleware[]
  readonly hono: readonly HonoMiddleware[]
}

export const tracing = (): Watchers => ({
  connect: [trace.http()],
  fastify: [traceForFastify.http()],
  koa: [traceForKoa.http()],
  hono: [traceForHono.http()],
})

export const measuring = (): Watchers => ({
  connect: [metrics.http()],
  fastify: [metricsForFastify.http()],
  koa: [metricsForKoa.http()],
  hono: [metricsForHono.http()],
})

/** Log has one middleware for all frameworks: it reads the route that the others have found. */
export const logging = (http: Connect): Watchers => ({
  connect: [http],
  fastify: [(request, reply, done) => http(request.raw, reply.raw, () => done())],
  koa: [
    (ctx, next) =>
      new Promise((resolve, reject) => {
        http(ctx.req, ctx.res, () => void next().then(() => resolve(), reject))
      }),
  ],
  hono: [
    ({ env }: HonoContextLike, next) =>
      new Promise((resolve, reject) => {
        http(env.incoming as IncomingMessage, env.outgoing as ServerResponse, () => {
          next().then(resolve, reject)
        })
      }),
  ],
})

export const together = (...all: readonly Watchers[]): Watchers => ({
  connect: all.flatMap(({ connect }) => connect),
  fastify: all.flatMap(({ fastify }) => fastify),
  koa: all.flatMap(({ koa }) => koa),
  hono: all.flatMap(({ hono }) => hono),
})
