import type { IncomingMessage } from 'node:http'
import { findRecord } from '@clew/internal/requests/slot'
import { SecurityError } from '../errors.ts'
import type { AnyPrincipal, Principal, Principals } from '../policy/principal.ts'
import type { Scheme } from '../policy/scheme.ts'
import type { RequestState } from '../requests/state.ts'
import { type Guard, operationOf } from './guard.ts'

const expected = 'a request that a policy has authenticated'

/**
 * Who sends this request, as established by the policy of its route.
 *
 * The first principal of the policy (of `allOf`: that of its first scheme). With the guard of the
 * route, its type follows from the policy. With a scheme: the principal of that scheme, or undefined
 * if another alternative let the request in.
 *
 * @throws SecurityError `ERR_SECURITY_NO_PRINCIPAL` without a scheme, if no policy has
 *   authenticated the request: its route has `noSecurity`, or no guard, or another one than that
 */
export function principal(req: IncomingMessage): Principal
export function principal<P extends Principals>(req: IncomingMessage, guard: Guard<P>): P[0]
export function principal<P extends AnyPrincipal>(
  req: IncomingMessage,
  scheme: Scheme<never, P>,
): P | undefined
export function principal(req: IncomingMessage, by?: Guard | Scheme<never>): Principal | undefined {
  const state = findRecord(req)?.security as RequestState | undefined
  const principals = state?.principals
  const operation = operationOf(by)
  if (by && !operation)
    return principals?.find((each) => each.scheme === by.name) as Principal | undefined
  const first = principals?.[0]
  if (!first || (operation && operation !== state?.operation)) {
    throw new SecurityError(
      'ERR_SECURITY_NO_PRINCIPAL',
      `security.principal: req must be ${expected}; received one whose route has noSecurity, no guard or another one`,
    )
  }
  return first as Principal
}
