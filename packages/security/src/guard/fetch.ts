import type { Principals } from '../policy/principal.ts'
import type { RequestFacts } from '../requests/facts.ts'
import type { Decision, Guard } from './guard.ts'

/** What a handler of fetch cannot see in the request. */
export type ConnectionFacts = Pick<RequestFacts, 'peer' | 'tls'>

/**
 * A handler of fetch behind a guard, for servers that answer a `Request` with a `Response`.
 *
 * @param connection - who is at the other end of the connection, and whether it is encrypted; from
 *   whatever the server passes to a handler
 * @param handle - gets the principals of the policy after the request, then what the server passes
 */
export function fetchHandler<P extends Principals, A extends readonly unknown[]>(
  guard: Guard<P>,
  connection: (request: Request, ...rest: A) => ConnectionFacts,
  handle: (request: Request, principals: P, ...rest: A) => Response | Promise<Response>,
): (request: Request, ...rest: A) => Promise<Response> {
  return async (request, ...rest) => {
    const { peer, tls } = connection(request, ...rest)
    const { method, url, headers } = request
    const decision: Decision<P> = await guard.authenticate({
      method,
      url,
      headers,
      peer,
      tls,
      source: request,
    })
    if (decision.allowed) return handle(request, decision.principals, ...rest)
    const { denied } = decision
    const answer = new Headers()
    for (const [name, values] of Object.entries(denied.headers)) {
      for (const value of [values].flat()) answer.append(name, value)
    }
    return new Response(method === 'HEAD' ? null : denied.body, {
      status: denied.status,
      headers: answer,
    })
  }
}
