import type { IncomingMessage } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import type { Denied } from './guard/answer.ts'
import { principal as principalOf } from './guard/authenticated.ts'
import type { ConnectionFacts } from './guard/fetch.ts'
import { type Guard, letIn, markGuarded } from './guard/guard.ts'
import { inputs as inputsOf, requireValidator, type Validator } from './inputs/validator.ts'
import { optionCheck } from './options.ts'
import type { Principal, Principals } from './policy/principal.ts'
import { type AuditRow, createAuditRow, provideRows, requireCovered } from './routes/audit-row.ts'
import { defaultGuardOption, requireGuard } from './routes/default-guard.ts'
import {
  answerHono,
  type HonoContextLike,
  type HonoHandler,
  type HonoNext,
} from './routes/hono-answer.ts'
import { incomingOf, putAfterHono, putBeforeHono } from './routes/hono-beside.ts'
import { honoBody } from './routes/hono-body.ts'
import { type HonoMounting, type HonoRoute, keepPlaces } from './routes/hono-places.ts'
import {
  type HonoCover,
  type HonoRouter,
  honoCovers,
  protectHonoRouter,
} from './routes/hono-router.ts'

export type { Principals } from './policy/principal.ts'
export type { HonoContextLike } from './routes/hono-answer.ts'

/** Middleware and handler of Hono, of any application. */
export type HonoGuard = (context: HonoContextLike, next: HonoNext) => Promise<Response | void>

/** The part of a Hono application that `protect` needs. */
export interface HonoLike {
  router: unknown
  readonly routes: readonly HonoRoute[]
  readonly fetch: object
}

export interface HonoGuardOptions {
  /**
   * Who is at the other end of the connection, and whether it is encrypted: for servers other than
   * @hono/node-server, where a request does not say.
   *
   * @defaultValue none: nothing is known of the connection, so that policies which need TLS refuse
   */
  connection?(context: HonoContextLike): ConnectionFacts
}

export interface HonoProtectOptions extends HonoGuardOptions {
  /**
   * Guard of each route that declares none. Its policy must ask for a credential.
   *
   * @defaultValue none: a route without a guard answers 403
   */
  readonly default?: Guard
}

type Connection = HonoGuardOptions['connection']

async function check(
  guard: Guard,
  hono: HonoContextLike,
  connection: Connection,
): Promise<Denied | undefined> {
  const incoming = incomingOf(hono)
  if (incoming !== undefined) return guard.check(incoming)
  const { raw } = hono.req
  const facts = connection?.(hono)
  const { method, url, headers } = raw
  const decision = await guard.authenticate({
    method,
    url,
    headers,
    // Not undefined, which is a Unix socket: nothing is known.
    peer: connection === undefined ? 'unknown' : facts?.peer,
    tls: facts?.tls,
    source: raw,
  })
  if (!decision.allowed) return decision.denied
  letIn(recordOf(raw as unknown as IncomingMessage), guard.operation, decision)
  return undefined
}

/**
 * A guard as the first function of a route: `app.get('/orders', guard(api.method('list')), list)`. It
 * covers the functions behind it that have the same method and pattern.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function guard(guard: Guard, options?: HonoGuardOptions): HonoGuard {
  const checks = optionCheck('security.guard')
  requireGuard(checks, guard)
  const given = checks.options('options', options, ['connection'])
  const { connection } = given
  checks.function('connection', connection)
  const middleware: HonoGuard = async (hono, next) => {
    const answer = await check(guard, hono, connection)
    if (answer) return answerHono(hono, answer)
    putBeforeHono(hono)
    await next()
    putAfterHono(hono)
  }
  return markGuarded(middleware, guard.operation)
}

/**
 * Who sends the request, as `principal` of `@clew/security` says it, also on other servers than
 * @hono/node-server.
 *
 * @throws SecurityError `ERR_SECURITY_NO_PRINCIPAL`
 */
export function principal<P extends Principals = readonly [Principal]>(
  hono: HonoContextLike,
  guard?: Guard<P>,
): P[0] {
  const req = incomingOf(hono) ?? (hono.req.raw as unknown as IncomingMessage)
  return principalOf(req, guard as Guard<P>)
}

/**
 * A validator as the function behind a guard: `app.post('/orders', guard(api.method('create')),
 * validate(order), create)`. `inputs(hono, validator)` then returns what it has checked. A handler
 * may read the body again.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function validate(validator: Validator): HonoGuard {
  requireValidator(optionCheck('security.validate'), validator)
  return async (hono, next) => {
    const answer = await validator.checkFetch(hono.req.raw, {
      params: hono.req.param(),
      stream: await honoBody(hono),
      incoming: incomingOf(hono),
    })
    if (answer === undefined) return next()
    return answer === 'gone' ? Response.error() : answerHono(hono, answer)
  }
}

/**
 * The inputs of a request, as `inputs` of `@clew/security` returns them.
 *
 * @throws SecurityError `ERR_SECURITY_NO_INPUTS` if this validator has not checked the request
 */
export function inputs<I>(hono: HonoContextLike, validator: Validator<I>): I {
  return inputsOf(incomingOf(hono) ?? hono.req.raw, validator)
}

const appKey: unique symbol = Symbol.for('@clew/security/hono/v1') as never

/**
 * Protects a Hono application: from now on a route without a guard answers 403, whether it was added
 * before or is added later, and so does middleware that answers outside of a guard. `api.audit` then
 * lists its routes.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option
 */
export function protect<T extends HonoLike>(app: T, options?: HonoProtectOptions): T {
  const checks = optionCheck('security.protect')
  const given = checks.options('options', options, ['default', 'connection'])
  const fallback = defaultGuardOption(checks, given.default)
  const { connection } = given
  checks.function('connection', connection)
  const { routes } = (app ?? {}) as Partial<HonoLike>
  const router = (app as Partial<HonoLike> | undefined)?.router as HonoRouter | undefined
  if (!Array.isArray(routes) || typeof router?.match !== 'function') {
    throw checks.error('app', 'a Hono application', app)
  }
  if (Object.hasOwn(app, appKey)) return app
  Object.defineProperty(app, appKey, { value: true })
  keepPlaces(app as unknown as HonoMounting)
  app.router = protectHonoRouter(
    router,
    fallback &&
      ((behind: HonoHandler): HonoHandler =>
        async (hono, next) => {
          const answer = await check(fallback, hono, connection)
          if (answer) return answerHono(hono, answer)
          putBeforeHono(hono)
          const response = await behind(hono, next)
          if (response instanceof Response) hono.res = response
          putAfterHono(hono)
          return undefined
        }),
  )
  const rows = () => honoRows(app.routes, fallback)
  provideRows(app, rows)
  provideRows(app.fetch, rows)
  return app
}

function honoRows(routes: readonly HonoRoute[], fallback: Guard | undefined): readonly AuditRow[] {
  const rows = new Map<string, AuditRow>()
  const covers = honoCovers(routes)
  routes.forEach(({ method, path }, index) => {
    const { operation: own, isOpen, isGuard } = covers[index] as HonoCover
    if (isGuard) return
    const isMount = isOpen && own === undefined
    const operation = own ?? (isMount ? undefined : fallback?.operation)
    const row = createAuditRow(isMount ? 'mount' : 'route', method, path, operation)
    rows.set(JSON.stringify(row), row)
  })
  return requireCovered([...rows.values()])
}
