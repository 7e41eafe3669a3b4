import type { IncomingMessage, ServerResponse } from 'node:http'
import * as log from '@clew/log'
import type { AdapterOptions } from '@clew/log/fastify'
import * as logForFastify from '@clew/log/fastify'
import * as logForHono from '@clew/log/hono'
import * as logForKoa from '@clew/log/koa'
import * as metrics from '@clew/metrics'
import * as metricsForFastify from '@clew/metrics/fastify'
import * as metricsForHono from '@clew/metrics/hono'
import * as metricsForKoa from '@clew/metrics/koa'
import * as trace from '@clew/trace'
import type { OnRequestHook } from '@clew/trace/fastify'
import * as traceForFastify from '@clew/trace/fastify'
import type { HonoMiddleware } from '@clew/trace/hono'
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

const connectOf = ({ logger, ...options }: log.HttpOptions & AdapterOptions) =>
  (logger ?? log).http(options)

export const logging = (options: log.HttpOptions & AdapterOptions): Watchers => ({
  connect: [connectOf(options)],
  fastify: [logForFastify.http(options)],
  koa: [logForKoa.http(options)],
  hono: [logForHono.http(options)],
})

export const together = (...all: readonly Watchers[]): Watchers => ({
  connect: all.flatMap(({ connect }) => connect),
  fastify: all.flatMap(({ fastify }) => fastify),
  koa: all.flatMap(({ koa }) => koa),
  hono: all.flatMap(({ hono }) => hono),
})
