import type { IncomingMessage } from 'node:http'
import { denied } from './answer.ts'
import { type AuditRow, row, tell } from './audit.ts'
import { mistake } from './errors.ts'
import { type Guard, operationOf } from './guard.ts'

// The few lines of Fastify that are needed here; Fastify itself is no dependency.

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

/** A Fastify instance, as far as it is needed. */
export interface FastifyLike {
  /** What Node's server calls. */
  readonly routing?: object
  addHook(name: 'onRoute', hook: (route: Route) => void): unknown
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<unknown>): unknown
}

const guardOf = (config: object | undefined): Guard | undefined => {
  const candidate = (config as { security?: unknown } | undefined)?.security
  return operationOf(candidate) ? (candidate as Guard) : undefined
}

/**
 * Closes a Fastify instance and everything registered in it: each route declares its guard as `config: { security: guard }`.
 * Call it before the routes. A 404 stays a 404. `api.audit` then lists the routes of the instance, and of its `routing`.
 *
 * @throws TypeError `ERR_SECURITY_UNCOVERED` from the registration of a route without a guard
 */
export function protect<T extends FastifyLike>(app: T): T {
  const rows: AuditRow[] = []
  for (const one of [app, app.routing]) if (one) tell(one, () => rows)
  app.addHook('onRoute', (route) => {
    const guard = guardOf(route.config)
    if (guard) {
      for (const method of [route.method].flat()) {
        rows.push(row('route', method, route.url, guard.operation))
      }
      return
    }
    throw mistake(
      'ERR_SECURITY_UNCOVERED',
      `no policy for ${String(route.method)} ${route.url}: declare config: { security: api.method(...) }`,
    )
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return undefined
    const guard = guardOf(request.routeOptions.config)
    const answer = guard ? await guard.check(request.raw) : denied('no_policy')
    if (!answer) return undefined
    reply.code(answer.status)
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
    // Bytes, since Fastify adds a charset to text, which JSON has not.
    return reply.send(Buffer.from(answer.body))
  })
  return app
}
