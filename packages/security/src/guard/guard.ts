import type { IncomingMessage } from 'node:http'
import { topicOf } from '@clew/internal/observers/topic'
import type { RequestRecord } from '@clew/internal/requests/contract'
import type { Handler, Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { optionCheck } from '../options.ts'
import { chain, type MaybePromise } from '../policy/maybe-promise.ts'
import type { Policy } from '../policy/policy.ts'
import type { Principals, Proof } from '../policy/principal.ts'
import type { RequestLike } from '../policy/request.ts'
import { checkFacts, PlainRequest, type RequestFacts } from '../requests/facts.ts'
import { stateOf } from '../requests/state.ts'
import { type Denied, send } from './answer.ts'
import { type Beside, besideOf, putBeside } from './beside.ts'

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
export type Guard<P extends Principals = Principals> = Middleware &
  Proof<P> & {
    readonly operation: Operation
    /**
     * Only the decision, for frameworks that send responses in their own way. Undefined lets the
     * request in.
     */
    check(req: IncomingMessage): MaybePromise<Denied | undefined>
    /**
     * The decision about a request that is known from elsewhere: of fetch, of another protocol, of a
     * framework that is not built on node:http.
     *
     * @throws TypeError `ERR_SECURITY_OPTION` if a fact is missing
     */
    authenticate(request: RequestFacts): MaybePromise<Decision<P>>
  }

/** Whether a request is let in, and who sends it; otherwise the response. */
export type Decision<P extends Principals = Principals> =
  | {
      readonly allowed: true
      /** One for each scheme of the policy that was used; none with `noSecurity`. */
      readonly principals: P
      /** What belongs beside the response, unless the application has set its own. */
      readonly headers: Beside
    }
  | { readonly allowed: false; readonly denied: Denied }

/** Decides about a request, whatever framework it comes from. */
export type Decide = (req: RequestLike) => MaybePromise<Decision>

const nodeRequest =
  'a request of node:http (IncomingMessage), such as request.raw of Fastify or ctx.req of Koa'

/** A clear error for whoever passes on a framework's own request. */
function requireNodeRequest(req: IncomingMessage): void {
  if (Array.isArray((req as Partial<IncomingMessage> | undefined)?.rawHeaders)) return
  throw optionCheck('guard.check').error('req', nodeRequest, req)
}

const marker = Symbol.for('@clew/security/guard/v1')

export function createGuard<P extends Principals>(operation: Operation, decide: Decide): Guard<P> {
  const name = Object.freeze(nameOf(operation))
  const facts = optionCheck('guard.authenticate')
  const check: Guard['check'] = (req) => {
    requireNodeRequest(req)
    const record = recordOf(req)
    record.operation = name
    return chain(decide(req), (decision) => conclude(record, operation, decision))
  }
  const authenticate: Guard<P>['authenticate'] = (request) => {
    checkFacts(facts, request)
    return decide(new PlainRequest(request)) as MaybePromise<Decision<P>>
  }
  const middleware: Middleware = (req, res, next) => {
    // Not caught: what the application throws in `next` is the application's error, whether the
    // decision comes at once or later.
    void chain(check(req), (denied) => {
      if (denied) return send(req, res, denied)
      putBeside(res, besideOf(req))
      next()
    })
  }
  return markGuarded(Object.assign(middleware, { operation, check, authenticate }), operation)
}

function conclude(
  record: RequestRecord,
  operation: Operation,
  decision: Decision,
): Denied | undefined {
  if (!decision.allowed) return decision.denied
  letIn(record, operation, decision)
  return undefined
}

// For debug, whose sessions may be for one user.
const admitted = topicOf<{ readonly req: IncomingMessage; readonly subjects: readonly string[] }>(
  'security.admitted',
)

/** Keeps who sends the request, for `principal`. */
export function letIn(
  record: RequestRecord,
  operation: Operation,
  { principals, headers }: Extract<Decision, { readonly allowed: true }>,
): void {
  record.operation ??= nameOf(operation)
  const state = stateOf(record)
  state.operation = operation
  state.principals = principals
  state.beside = headers
  admitted.tell?.({ req: record.req, subjects: principals.map(({ subject }) => subject) })
}

/**
 * A request listener behind a guard, for a server without routes:
 * `createServer(security.handler(guard, handle))`. An audit lists it as one route.
 */
export function handler(guard: Guard, handle: Handler): Handler {
  // Its outcome is returned: a server that answers for handlers has to see that one has failed.
  const guarded: Handler = (req, res) =>
    chain(guard.check(req), (denied): unknown => {
      if (denied) return send(req, res, denied)
      putBeside(res, besideOf(req))
      return handle(req, res)
    })
  return markGuarded(guarded, guard.operation)
}

/** Marks a guard, or what one stands in front of, for whoever looks at routes. */
export function markGuarded<T extends object>(target: T, operation: Operation): T {
  return Object.defineProperty(target, marker, { value: operation })
}

/** The operation of a guard, of whichever copy of this package; undefined for everything else. */
export function operationOf(candidate: unknown): Operation | undefined {
  return typeof candidate === 'function'
    ? (candidate as { [marker]?: Operation })[marker]
    : undefined
}
