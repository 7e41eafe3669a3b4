import { besideOf, putBeside } from './guard/beside.ts'
import { type Guard, markGuarded, type Operation, operationOf } from './guard/guard.ts'
import { requireValidator, type Validator } from './inputs/validator.ts'
import { optionCheck } from './options.ts'
import { type AuditRow, createAuditRow, provideRows, requireCovered } from './routes/audit-row.ts'
import { defaultGuardOption, requireGuard } from './routes/default-guard.ts'
import { koaRouterOf, koaRouterRows, protectKoaRouter } from './routes/koa-router.ts'
import {
  coverKoa,
  type KoaContextLike,
  type KoaMiddleware,
  koaState,
  leaveCover,
  refuseKoa,
} from './routes/koa-stretch.ts'
import { watchOutside } from './routes/outside.ts'
import { isCovered } from './routes/stretch.ts'

export type { KoaContextLike, KoaMiddleware } from './routes/koa-stretch.ts'

/** The part of a Koa application that `protect` needs. */
export interface KoaLike {
  readonly middleware: ((...args: never[]) => unknown)[]
  use(middleware: never): unknown
  callback(): object
}

export interface KoaProtectOptions {
  /**
   * Guard of each route that declares none. Its policy must ask for a credential.
   *
   * @defaultValue none: a route without a guard answers 403
   */
  readonly default?: Guard
}

/** Also a middleware that needs more of the context than the type here says. */
type KoaBehind = { run(context: KoaContextLike, next: () => Promise<unknown>): unknown }['run']

const restKey: unique symbol = Symbol.for('@clew/security/koa-rest/v1') as never
const appKey: unique symbol = Symbol.for('@clew/security/koa/v1') as never

/**
 * A guard as Koa's middleware: the first function of a route of @koa/router, or, in `app.use`, in
 * front of everything that follows.
 *
 * @param behind - the only function that the guard covers: `app.use(guard(files, serve('public')))`
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function guard(guard: Guard, behind?: KoaBehind): KoaMiddleware {
  const check = optionCheck('security.guard')
  requireGuard(check, guard)
  if (behind !== undefined && typeof behind !== 'function') {
    throw check.error('behind', 'a middleware of Koa', behind)
  }
  const middleware = async (koa: KoaContextLike, next: () => Promise<unknown>) => {
    const answer = await guard.check(koa.req)
    if (answer) return refuseKoa(koa, answer)
    putBeside(koa.res, besideOf(koa.req))
    if (behind === undefined) return next()
    return coverKoa(koa, () => behind(koa, () => leaveCover(koa, next)))
  }
  Object.defineProperty(middleware, restKey, { value: behind === undefined })
  return markGuarded(middleware, guard.operation)
}

/**
 * A validator as Koa's middleware, behind the guard of a route: `router.post('/orders',
 * guard(api.method('create')), validate(order), create)`. `inputs(ctx.req, validator)` then returns
 * what it has checked. A body that a parser has put into `ctx.request.body` is not read again.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function validate(validator: Validator): KoaMiddleware {
  requireValidator(optionCheck('security.validate'), validator)
  return async (koa, next) => {
    const { params, request } = koa as KoaContextLike & {
      readonly request?: { readonly body?: unknown }
    }
    const answer = await validator.check(koa.req, { params, body: request?.body })
    if (answer === undefined) return next()
    if (answer !== 'gone') return refuseKoa(koa, answer)
    koa.respond = false
  }
}

const coversRest = (middleware: unknown) =>
  (middleware as { readonly [restKey]?: boolean })[restKey] === true

/**
 * Protects a Koa application: from now on a route of its routers without a guard answers 403, and so
 * does other middleware that answers outside of a guard. What was added before is protected, too,
 * if it was added with `use`. `api.audit` then lists the routes of the application.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option
 */
export function protect<T extends KoaLike>(app: T, options?: KoaProtectOptions): T {
  const check = optionCheck('security.protect')
  const { default: given } = check.options('options', options, ['default'])
  const fallback = defaultGuardOption(check, given)
  if (!Array.isArray((app as Partial<KoaLike> | undefined)?.middleware)) {
    throw check.error('app', 'a Koa application', app)
  }
  if (Object.hasOwn(app, appKey)) return app
  Object.defineProperty(app, appKey, { value: true })

  const entries = [...app.middleware] as KoaMiddleware[]
  const fallbackMiddleware = fallback && guard(fallback)
  const protectEntry = (middleware: KoaMiddleware) =>
    protectMiddleware(middleware, fallbackMiddleware)
  app.middleware.splice(0, entries.length, begin, ...entries.map(protectEntry))
  const rows = () => koaRows(entries, fallback)
  provideRows(app, rows)

  const { use, callback } = app
  app.use = function (this: KoaLike, ...args) {
    const result = use.apply(this, args)
    const last = app.middleware.length - 1
    const added = app.middleware[last] as KoaMiddleware
    entries.push(added)
    app.middleware[last] = protectEntry(added)
    return result
  }
  app.callback = function (this: KoaLike) {
    const listener = callback.call(this)
    provideRows(listener, rows)
    return listener
  }
  return app
}

const begin: KoaMiddleware = (koa, next) => {
  watchOutside(koa.req, koa.res)
  return next()
}

function protectMiddleware(
  middleware: KoaMiddleware,
  fallback: KoaMiddleware | undefined,
): KoaMiddleware {
  if (operationOf(middleware) !== undefined) {
    if (!coversRest(middleware)) return middleware
    return (koa, next) => middleware(koa, () => coverKoa(koa, next))
  }
  const router = koaRouterOf(middleware)
  if (router) protectKoaRouter(router, fallback)
  // Without a parameter for `next` it cannot do anything but answer.
  if (router || middleware.length > 1) return middleware
  return async (koa, next) => (isCovered(koaState(koa)) ? middleware(koa, next) : refuseKoa(koa))
}

function koaRows(
  entries: readonly KoaMiddleware[],
  fallback: Guard | undefined,
): readonly AuditRow[] {
  const rows: AuditRow[] = []
  const mounts: string[] = []
  let cover: Operation | undefined
  for (const middleware of entries) {
    const operation = operationOf(middleware)
    const router = koaRouterOf(middleware)
    if (operation && coversRest(middleware)) cover = operation
    else if (router) {
      rows.push(...koaRouterRows(router, cover, fallback))
    } else {
      rows.push(createAuditRow('mount', 'ALL', '/', operation ?? cover))
      if (!operation && !cover && middleware.length < 2) {
        mounts.push(`the middleware ${middleware.name || '(anonymous)'}, which cannot call next`)
      }
    }
  }
  return requireCovered(rows, mounts)
}
