import type { IncomingMessage } from 'node:http'
import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { SecurityErrorCode } from './errors.ts'
import { denied } from './guard/answer.ts'
import { besideOf, putBeside } from './guard/beside.ts'
import { type Guard, operationOf } from './guard/guard.ts'
import { requireValidator, type Validator } from './inputs/validator.ts'
import { optionCheck } from './options.ts'
import { auditRows } from './routes/audit.ts'
import { type AuditRow, createAuditRow, expectedGuard, provideRows } from './routes/audit-row.ts'
import { isApplication } from './routes/express.ts'
import { type FastifyReply, fastifyHeaders, replyFastify } from './routes/fastify-reply.ts'
import { sendNoPolicy, watchOutside } from './routes/outside.ts'
import { protectApp } from './routes/protection.ts'

// The few lines of Fastify that are needed here; Fastify itself is not a dependency.

interface Route {
  readonly method: string | string[]
  readonly url: string
  config?: object
  handler?: unknown
}

interface Request {
  readonly raw: IncomingMessage
  readonly is404: boolean
  readonly routeOptions: { readonly config: object }
}

/** The part of a Fastify instance that `protect` needs. */
export interface FastifyLike {
  /** The listener of Node's server. */
  readonly routing?: object
  addHook(name: 'onRoute', hook: (route: Route) => void): unknown
  addHook(
    name: 'onRequest',
    hook: (request: Request, reply: FastifyReply) => Promise<unknown>,
  ): unknown
  addHook(name: 'onReady', hook: () => Promise<void>): unknown
  addHook(name: 'onRegister', hook: (instance: object) => void): unknown
}

export interface FastifyProtectOptions {
  /**
   * Guard of each route that declares none, such as those of plug-ins. At the root its policy must
   * ask for a credential; in a scope (`register`) it is the guard of that scope only.
   *
   * @defaultValue none: registering a route without a guard throws
   */
  readonly default?: Guard
}

const guardOf = (config: object | undefined): Guard | undefined => {
  const candidate = (config as { security?: unknown } | undefined)?.security
  return operationOf(candidate) ? (candidate as Guard) : undefined
}

// Instances of scopes inherit from that of the scope around them.
const scopeKey: unique symbol = Symbol.for('@clew/security/fastify/v1') as never
interface Scope {
  readonly [scopeKey]?: { readonly guard: Guard | undefined; readonly isRoot: boolean }
}

/** A route for the preflights of CORS: what plug-ins for CORS register. */
const isPreflightRoute = ({ method, url }: Route) =>
  method === 'OPTIONS' && (url === '*' || url === '/*' || url.endsWith('/*'))

const isPreflight = ({ method, headers }: IncomingMessage) =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

const preflightOnly = {}

/**
 * Protects a Fastify instance and everything registered in it: each route declares its guard as
 * `config: { security: guard }`. Call it before the routes, and again in a scope to give that scope
 * a default. A 404 stays a 404: whatever answers where there is no route can answer with an error
 * only. Preflights are left to a plug-in for CORS. `api.audit` then
 * lists the routes of the instance, and of its `routing`, also those of a mounted
 * `@fastify/express`.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_UNCOVERED` from the
 *   registration of a route without a guard
 */
export function protect<T extends FastifyLike>(app: T, options?: FastifyProtectOptions): T {
  const check = optionCheck('security.protect')
  const { default: guard } = check.options('options', options, ['default'])
  if (guard !== undefined && !operationOf(guard)) {
    throw check.error('default', expectedGuard, guard)
  }
  const known = (app as Scope)[scopeKey]
  // A plug-in that makes no scope of its own gets the root, too.
  const isRoot = known === undefined || (Object.hasOwn(app, scopeKey) && known.isRoot)
  if (isRoot && guard?.operation.policy.kind === 'noSecurity') {
    // Each route that somebody forgets would be open.
    const expected = 'a guard that asks for a credential, except in a scope (app.register)'
    throw check.error('default', expected, 'noSecurity')
  }
  Object.defineProperty(app, scopeKey, { value: { guard, isRoot }, configurable: true })
  if (known === undefined) protectInstance(app)
  return app
}

function protectInstance(app: FastifyLike): void {
  const rows: AuditRow[] = []
  const instances: object[] = [app]
  const mounted = () =>
    new Set(instances.map((each) => (each as { express?: unknown }).express).filter(isApplication))
  const allRows = () =>
    Object.freeze([...rows, ...[...mounted()].flatMap((express) => auditRows(express))])
  const protectMounted = () => {
    for (const express of mounted()) protectApp(express, { isStrict: true, deny: sendNoPolicy })
  }
  provideRows(app, allRows)
  if (app.routing) provideRows(app.routing, allRows)
  protectMounted()

  app.addHook('onRegister', (instance) => {
    instances.push(instance)
    protectMounted()
  })
  app.addHook('onReady', async () => protectMounted())
  app.addHook('onRoute', function (this: Scope | undefined, route: Route) {
    const guard = guardOf(route.config) ?? this?.[scopeKey]?.guard
    const methods = [route.method].flat()
    if (guard) {
      if (!guardOf(route.config)) route.config = { ...route.config, security: guard }
      for (const method of methods) {
        rows.push(createAuditRow('route', method, route.url, guard.operation))
      }
    } else if (isPreflightRoute(route)) {
      route.config = { ...route.config, security: preflightOnly }
      // A plug-in for CORS answers in a hook. Nobody else gets here.
      route.handler = (_request: Request, to: FastifyReply) => replyFastify(to, denied('no_policy'))
      rows.push(createAuditRow('mount', 'OPTIONS', route.url, undefined))
    } else {
      throw mistake<SecurityErrorCode>(
        'ERR_SECURITY_UNCOVERED',
        `protect: config.security of each route must be ${expectedGuard}; received no policy for ${methods.join(',')} ${show(route.url).slice(1, -1)} (routes of plug-ins: protect(app, { default: guard }))`,
      )
    }
  } as (route: Route) => void)
  app.addHook('onRequest', async (request, to) => {
    if (request.is404) {
      watchOutside(request.raw, to.raw)
      return undefined
    }
    const { config } = request.routeOptions
    const guard = guardOf(config)
    const isLeft =
      (config as { security?: unknown }).security === preflightOnly && isPreflight(request.raw)
    const answer = guard ? await guard.check(request.raw) : denied('no_policy')
    if (isLeft || answer) watchOutside(request.raw, to.raw)
    if (isLeft) return undefined
    if (answer) return replyFastify(to, answer)
    putBeside(fastifyHeaders(to), besideOf(request.raw))
    return undefined
  })
}

/**
 * The hook `preValidation` of a route: checks its inputs after Fastify has parsed the body.
 * `inputs(request.raw, validator)` then returns them.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function validate(
  validator: Validator,
): (
  request: { readonly raw: IncomingMessage; readonly params: unknown; readonly body: unknown },
  reply: object,
) => Promise<unknown> {
  requireValidator(optionCheck('security.validate'), validator)
  return async ({ raw, params, body }, to) => {
    const answer = await validator.check(raw, { params, body })
    if (answer === undefined) return undefined
    if (answer !== 'gone') return replyFastify(to as FastifyReply, answer)
    ;(to as FastifyReply).hijack()
    return to
  }
}
