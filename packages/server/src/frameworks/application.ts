import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorMiddleware, errorMiddleware } from '@clew/internal/adapters/errors'
import { type KoaContextLike, runKoa } from '@clew/internal/adapters/koa'
import { isNest } from '@clew/internal/adapters/nest'
import { hearFastify } from './fastify.ts'

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** A Fastify instance, as far as it is used. */
export interface FastifyApp {
  readonly routing: (req: IncomingMessage, res: ServerResponse) => unknown
  ready(): PromiseLike<unknown>
}

/** A Koa application, as far as it is used. */
export interface KoaApp {
  readonly middleware: unknown[]
  callback(): Handler
}

/** A Nest application, as far as it is used. */
export interface NestApp {
  init(): PromiseLike<unknown>
  getHttpAdapter(): { getInstance(): unknown }
}

/** What answers requests, and what has to be done before the first one. */
export interface Application {
  readonly handler: Handler
  ready(): PromiseLike<unknown> | undefined
}

/**
 * Makes a handler of an application, and lets it say which route a request has matched, and why it
 * failed: a server around it does not see either.
 *
 * @returns undefined if it is none
 */
export function applicationOf(app: unknown): Application | undefined {
  hearFastify()
  const given = (app ?? {}) as Partial<FastifyApp & KoaApp>
  if (isNest(app)) return nestApplication(app as unknown as NestApp)
  if (typeof app === 'function') {
    watchExpress(app as Partial<ExpressApp>)
    return { handler: app as Handler, ready: () => undefined }
  }
  const { routing } = given
  if (typeof routing === 'function' && typeof given.ready === 'function') {
    return { handler: (req, res) => routing(req, res), ready: () => given.ready?.() }
  }
  if (typeof given.callback === 'function' && Array.isArray(given.middleware)) {
    // First, so that it is around all others.
    given.middleware.unshift((koa: KoaContextLike, next: () => Promise<unknown>) =>
      runKoa(koa, next),
    )
    return { handler: given.callback(), ready: () => undefined }
  }
  return undefined
}

/** Nest adds its routes to the application of Express or Fastify inside in `init`. */
function nestApplication(nest: NestApp): Application {
  let inside: Application | undefined
  return {
    handler: (req, res) => inside?.handler(req, res),
    async ready() {
      await nest.init()
      inside ??= applicationOf(nest.getHttpAdapter().getInstance())
      await inside?.ready()
    },
  }
}

interface ExpressApp {
  readonly handle: unknown
  readonly set: unknown
  use(fn: ErrorMiddleware): unknown
}

/** Last, so that it sees the errors that no error handler of the application has answered. */
function watchExpress(app: Partial<ExpressApp>): void {
  if (typeof app.handle !== 'function' || typeof app.set !== 'function') return
  app.use?.(errorMiddleware)
}
