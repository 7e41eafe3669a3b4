import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Denied, send } from './answer.ts'
import type { Policy } from './policy.ts'
import { isPromise, type MaybePromise } from './scheme.ts'

/** Connect-shaped: Express, Connect, node:http. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** What a guard stands for. */
export interface Operation {
  readonly service?: string
  readonly method: string
  readonly policy: Policy
  /** Where the policy was declared: method replaces service replaces API. */
  readonly from: 'method' | 'service' | 'api'
}

/** The policy of one method, as a middleware: put it on the route, first. */
export type Guard = Middleware & {
  readonly operation: Operation
  /** The decision alone, for frameworks that answer in their own way: undefined lets the request in. */
  check(req: IncomingMessage): MaybePromise<Denied | undefined>
}

const marker = Symbol.for('@clew/security/guard/v1')

export function guardOf(operation: Operation, check: Guard['check']): Guard {
  const middleware: Middleware = (req, res, next) => {
    const decision = check(req)
    if (isPromise(decision)) {
      // No catch: what the application throws behind `next` is the application's, as it is without a promise.
      void decision.then((late) => (late ? send(req, res, late) : next()))
    } else if (decision) send(req, res, decision)
    else next()
  }
  return mark(Object.assign(middleware, { operation, check }), operation)
}

/**
 * A handler behind a guard, for a server without routes: `createServer(security.handler(guard, handle))`. An audit takes it
 * for one route.
 */
export function handler(
  guard: Guard,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): (req: IncomingMessage, res: ServerResponse) => void {
  const guarded = (req: IncomingMessage, res: ServerResponse) =>
    guard(req, res, () => handle(req, res))
  return mark(guarded, guard.operation)
}

function mark<T extends object>(target: T, operation: Operation): T {
  return Object.defineProperty(target, marker, { value: operation })
}

/** What a function stands for, if it is a guard, of whichever copy of this package. */
export function operationOf(candidate: unknown): Operation | undefined {
  return typeof candidate === 'function'
    ? (candidate as { [marker]?: Operation })[marker]
    : undefined
}
