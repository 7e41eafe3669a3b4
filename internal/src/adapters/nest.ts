import type { Middleware } from '../requests/middleware.ts'
import type { ExceptionFilterLike } from './errors.ts'
import { createOnRequestHook, type OnRequestHook } from './fastify.ts'

/** The part of a Nest application that is used, on Express and on Fastify. */
export interface NestLike {
  use(middleware: Middleware): unknown
  getHttpAdapter(): { getType(): string; getInstance(): unknown }
}

/** The same, of one that errors are noted in, too. */
export interface NestAppLike extends NestLike {
  useGlobalFilters(...filters: ExceptionFilterLike[]): unknown
}

interface FastifyLike {
  addHook(name: 'onRequest', hook: OnRequestHook): unknown
}

export const isNest = (app: unknown): app is NestLike =>
  typeof (app as Partial<NestLike> | null | undefined)?.getHttpAdapter === 'function'

/** Puts `middleware` in front of whatever a Nest application answers. */
export function mountOnNest(app: NestLike, middleware: Middleware): void {
  const adapter = app.getHttpAdapter()
  if (adapter.getType() === 'fastify') {
    // What `app.use` adds there knows no route.
    const fastify = adapter.getInstance() as FastifyLike
    fastify.addHook('onRequest', createOnRequestHook(middleware))
  } else app.use(middleware)
}
