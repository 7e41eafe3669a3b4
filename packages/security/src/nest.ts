import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { type Denied, denied, send } from './guard/answer.ts'
import { besideOf, type HeaderTarget, putBeside } from './guard/beside.ts'
import { type Guard, markGuarded } from './guard/guard.ts'
import type { Known } from './inputs/source.ts'
import { requireValidator, type Validator } from './inputs/validator.ts'
import { optionCheck } from './options.ts'
import { stateOf } from './requests/state.ts'
import { type AuditRow, provideRows, requireCovered } from './routes/audit-row.ts'
import { defaultGuardOption, requireGuard } from './routes/default-guard.ts'
import { type FastifyReply, fastifyHeaders, replyFastify } from './routes/fastify-reply.ts'
import {
  declaredGuard,
  declaredValidator,
  declareForClass,
  declareForMethod,
  declareValidator,
  type NestClass,
  nestRows,
} from './routes/nest-guards.ts'
import { watchOutside } from './routes/outside.ts'
import { enterCover } from './routes/stretch.ts'

// The few lines of Nest that are needed here; Nest itself is not a dependency.

/** The part of a Nest application that `protect` needs, on Express and on Fastify. */
export interface NestLike {
  use(middleware: Middleware): unknown
  useGlobalGuards(...guards: NestGuard[]): unknown
}

/** The part of Nest's `ExecutionContext` that is used. */
export interface ExecutionContextLike {
  getType(): string
  getClass(): NestClass
  getHandler(): unknown
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown }
}

export interface NestGuard {
  canActivate(context: ExecutionContextLike): Promise<boolean>
}

export interface NestProtectOptions {
  /**
   * Guard of each method that declares none, nor its class. Its policy must ask for a credential.
   *
   * @defaultValue none: a method without a guard answers 403
   */
  readonly default?: Guard
  /**
   * What is no method of a controller (`app.use`, routes of the platform) may pass a request on, or
   * answer with an error, but with nothing else: 403. False: whatever it answers is sent.
   *
   * @defaultValue true
   */
  readonly strict?: boolean
}

/**
 * `@Guarded(api.method('list'))` on a method of a controller, or on the controller, for each method
 * that has none of its own.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function Guarded(guard: Guard): (target: object, name?: PropertyKey) => void {
  requireGuard(optionCheck('security.Guarded'), guard)
  return (target, name) => {
    if (name === undefined) declareForClass(target, guard)
    else declareForMethod(target, name, guard)
  }
}

/**
 * `@Validated(api.validate({ … }))` on a method of a controller: its inputs are checked after its
 * guard, before interceptors and pipes. `inputs(request, validator)` then returns them.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function Validated(validator: Validator): (target: object, name: PropertyKey) => void {
  requireValidator(optionCheck('security.Validated'), validator)
  return (target, name) => declareValidator(target, name, validator)
}

/**
 * A middleware that answers by itself behind a guard: `app.use('/files', guard(files, serveStatic))`.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function guard(guard: Guard, behind: Middleware): Middleware {
  const check = optionCheck('security.guard')
  requireGuard(check, guard)
  if (typeof behind !== 'function') throw check.error('behind', 'a middleware', behind)
  const middleware: Middleware = (req, res, next) =>
    guard(req, res, () => {
      const state = stateOf(recordOf(req))
      const outer = state.passage
      enterCover(state)
      behind(req, res, (error) => {
        state.passage = outer
        next(error)
      })
    })
  return markGuarded(middleware, guard.operation)
}

const appKey: unique symbol = Symbol.for('@clew/security/nest/v1') as never

/**
 * Protects a Nest application on Express or Fastify: from now on a method of a controller without
 * `@Guarded` answers 403, and so does whatever else answers. Call it first, before `init` and
 * `listen`. `api.audit` then lists the methods.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option, or if the application is initialized
 */
export function protect<T extends NestLike>(app: T, options?: NestProtectOptions): T {
  const check = optionCheck('security.protect')
  const given = check.options('options', options, ['default', 'strict'])
  const fallback = defaultGuardOption(check, given.default)
  const strict = check.boolean('strict', given.strict ?? true)
  const { isInitialized, container, useGlobalGuards } = (app ?? {}) as Partial<NestLike & Inside>
  if (typeof useGlobalGuards !== 'function' || !container || isInitialized) {
    throw check.error('app', 'an application of Nest before init() and listen()', app)
  }
  if (Object.hasOwn(app, appKey)) return app
  Object.defineProperty(app, appKey, { value: true })
  if (strict) watchAll(app)
  app.useGlobalGuards(createNestGuard(fallback))
  provideRows(app, () => rowsOf(app as unknown as Inside, fallback))
  return app
}

/** What a Nest application keeps to itself. */
interface Inside {
  readonly isInitialized: boolean
  readonly config: { getGlobalPrefix(): string }
  readonly container: {
    getModules(): Map<
      unknown,
      { readonly controllers: Map<unknown, { readonly metatype?: unknown }> }
    >
  }
}

function watchAll(app: NestLike): void {
  // On Fastify, this runs in a hook: of each request, routed by Nest or not.
  app.use((req, res, next) => {
    watchOutside(req, res)
    next()
  })
}

function createNestGuard(fallback: Guard | undefined): NestGuard {
  return {
    async canActivate(context: ExecutionContextLike) {
      // Of GraphQL, microservices and gateways: nothing there says how to answer.
      if (context.getType() !== 'http') return false
      const http = context.switchToHttp()
      const request = http.getRequest() as IncomingMessage &
        Known & { readonly raw?: IncomingMessage }
      const req = request.raw ?? request
      const guard = declaredGuard(context.getClass(), context.getHandler()) ?? fallback
      const validator = declaredValidator(context.getClass(), context.getHandler())
      const answer =
        (guard ? await guard.check(req) : denied('no_policy')) ??
        // On Express, `request` is `req`, and its body may be there or not.
        (await validator?.check(req, request))
      const response = http.getResponse() as ServerResponse | FastifyReply
      if (answer === undefined) {
        enterCover(stateOf(recordOf(req)))
        const target = 'raw' in response ? fastifyHeaders(response as FastifyReply) : response
        putBeside(target as HeaderTarget, besideOf(req))
        return true
      }
      if (answer !== 'gone') reply(req, response, answer)
      // Answered. Of an exception, a filter that knows only Nest's own would make a 500.
      return new Promise<never>(() => {})
    },
  }
}

function reply(req: IncomingMessage, to: ServerResponse | FastifyReply, answer: Denied): void {
  if ('raw' in to) replyFastify(to as FastifyReply, answer)
  else send(req, to as ServerResponse, answer)
}

function rowsOf({ config, container }: Inside, fallback: Guard | undefined): readonly AuditRow[] {
  const prefix = config.getGlobalPrefix()
  const rows = [...container.getModules().values()].flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) =>
      typeof metatype === 'function'
        ? nestRows(prefix, metatype as NestClass, fallback?.operation)
        : [],
    ),
  )
  return requireCovered(rows)
}
