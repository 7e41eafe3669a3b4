import type { IncomingMessage } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import type { Principals } from '../policy/principal.ts'
import type { RequestFacts } from '../requests/facts.ts'
import { responseOf } from './answer.ts'
import { type Beside, putBeside } from './beside.ts'
import { type Decision, type Guard, letIn } from './guard.ts'

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
    if (!decision.allowed) return responseOf(decision.denied, method)
    // The record is kept by whatever stands for the request.
    letIn(recordOf(request as object as IncomingMessage), guard.operation, decision)
    return withBeside(await handle(request, decision.principals, ...rest), decision.headers)
  }
}

/** A copy if its headers cannot be changed, as those of `Response.redirect` and of `fetch`. */
function withBeside(response: Response, beside: Beside): Response {
  // Of an error of the network and of 101 no copy can be made.
  if (response.status < 200) return response
  const headers = new Headers(response.headers)
  putBeside(
    {
      getHeader: (name) => headers.get(name),
      setHeader: (name, value) => headers.set(name, value),
    },
    beside,
  )
  try {
    for (const name of Object.keys(beside)) response.headers.set(name, headers.get(name) as string)
    return response
  } catch {
    const { status, statusText } = response
    return new Response(response.body, { status, statusText, headers })
  }
}
