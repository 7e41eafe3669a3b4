import type { IncomingMessage } from 'node:http'
import type { Handler, Middleware } from '@clew/internal/requests/middleware'
import { optionCheck } from '../options.ts'
import { isPromise, type MaybePromise } from '../policy/maybe-promise.ts'
import type { Policy } from '../policy/policy.ts'
import { type Denied, send } from './answer.ts'

/** The method of an API that a guard protects, with its policy. */
export interface Operation {
  readonly service?: string
  readonly method: string
  readonly policy: Policy
  /** Where the policy was declared: method replaces service replaces API. */
  readonly from: 'method' | 'service' | 'api'
}

/** Service and method, as logs, spans and metrics show them. */
export function nameOf({ service, method }: Operation): { service?: string; method: string } {
  return service === undefined ? { method } : { service, method }
}

/** The policy of one method, as a middleware: the first function of its route. */
export type Guard = Middleware & {
  readonly operation: Operation
  /**
   * Only the decision, for frameworks that send responses in their own way. Undefined lets the
   * request in.
   */
  check(req: IncomingMessage): MaybePromise<Denied | undefined>
}

const nodeRequest =
  'a request of node:http (IncomingMessage), such as request.raw of Fastify or ctx.req of Koa'

/** A clear error for whoever passes on a framework's own request. */
function requireNodeRequest(req: IncomingMessage): void {
  if (Array.isArray((req as Partial<IncomingMessage> | undefined)?.rawHeaders)) return
  throw optionCheck('guard.check').error('req', nodeRequest, req)
}

const marker = Symbol.for('@clew/security/guard/v1')

export function createGuard(operation: Operation, decide: Guard['check']): Guard {
  const check: Guard['check'] = (req) => {
    requireNodeRequest(req)
    return decide(req)
  }
  const middleware: Middleware = (req, res, next) => {
    const decision = check(req)
    if (isPromise(decision)) {
      // Not caught: what the application throws in `next` is the application's error, as in a
      // synchronous decision.
      void decision.then((late) => (late ? send(req, res, late) : next()))
    } else if (decision) send(req, res, decision)
    else next()
  }
  return mark(Object.assign(middleware, { operation, check }), operation)
}

/**
 * A request listener behind a guard, for a server without routes:
 * `createServer(security.handler(guard, handle))`. An audit lists it as one route.
 */
export function handler(guard: Guard, handle: Handler): Handler {
  const guarded: Handler = (req, res) => guard(req, res, () => handle(req, res))
  return mark(guarded, guard.operation)
}

function mark<T extends object>(target: T, operation: Operation): T {
  return Object.defineProperty(target, marker, { value: operation })
}

/** The operation of a guard, of whichever copy of this package; undefined for everything else. */
export function operationOf(candidate: unknown): Operation | undefined {
  return typeof candidate === 'function'
    ? (candidate as { [marker]?: Operation })[marker]
    : undefined
}
