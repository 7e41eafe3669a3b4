import type { IncomingMessage } from 'node:http'
import { mistake } from '@clew/internal/errors/error'
import type { SecurityErrorCode } from './errors.ts'
import { denied } from './guard/answer.ts'
import { type Guard, operationOf } from './guard/guard.ts'
import { type AuditRow, createAuditRow, expectedGuard, provideRows } from './routes/audit-row.ts'

// The few lines of Fastify that are needed here; Fastify itself is not a dependency.

interface Route {
  readonly method: string | string[]
  readonly url: string
  readonly config?: object
}

interface Request {
  readonly raw: IncomingMessage
  readonly is404: boolean
  readonly routeOptions: { readonly config: object }
}

interface Reply {
  code(status: number): Reply
  header(name: string, value: unknown): Reply
  send(body: Buffer): unknown
}

/** The part of a Fastify instance that `protect` needs. */
export interface FastifyLike {
  /** The listener of Node's server. */
  readonly routing?: object
  addHook(name: 'onRoute', hook: (route: Route) => void): unknown
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<unknown>): unknown
}

const guardOf = (config: object | undefined): Guard | undefined => {
  const candidate = (config as { security?: unknown } | undefined)?.security
  return operationOf(candidate) ? (candidate as Guard) : undefined
}

/**
 * Protects a Fastify instance and everything registered in it: each route declares its guard as
 * `config: { security: guard }`. Call it before the routes. A 404 stays a 404. `api.audit` then
 * lists the routes of the instance, and of its `routing`.
 *
 * @throws TypeError `ERR_SECURITY_UNCOVERED` from the registration of a route without a guard
 */
export function protect<T extends FastifyLike>(app: T): T {
  const rows: AuditRow[] = []
  provideRows(app, () => rows)
  if (app.routing) provideRows(app.routing, () => rows)
  app.addHook('onRoute', (route) => {
    const guard = guardOf(route.config)
    if (!guard) {
      throw mistake<SecurityErrorCode>(
        'ERR_SECURITY_UNCOVERED',
        `protect: config.security of each route must be ${expectedGuard}; received no policy for ${route.method} ${route.url}`,
      )
    }
    for (const method of [route.method].flat()) {
      rows.push(createAuditRow('route', method, route.url, guard.operation))
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return undefined
    const guard = guardOf(request.routeOptions.config)
    const answer = guard ? await guard.check(request.raw) : denied('no_policy')
    if (!answer) return undefined
    reply.code(answer.status)
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
    // Bytes: to a string, Fastify adds a charset, which JSON does not have.
    return reply.send(Buffer.from(answer.body))
  })
  return app
}
