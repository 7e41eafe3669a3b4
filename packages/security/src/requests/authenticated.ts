import type { IncomingMessage } from 'node:http'
import { findRecord } from '@clew/internal/requests/record'
import { SecurityError } from '../errors.ts'
import type { Principal } from '../policy/principal.ts'
import type { Scheme } from '../policy/scheme.ts'
import type { RequestState } from './state.ts'

const expected = 'a request that a policy has authenticated'

/**
 * Who sends this request, as established by the policy of its route.
 *
 * With a scheme: the principal of that scheme, or undefined if another alternative let the request
 * in. Without one: the first principal of the policy (of `allOf`: that of its first scheme).
 *
 * @throws SecurityError `ERR_SECURITY_NO_PRINCIPAL` without a scheme, if no policy has
 *   authenticated the request: its route has `noSecurity`, or no guard
 */
export function principal(req: IncomingMessage): Principal
export function principal(req: IncomingMessage, scheme: Scheme): Principal | undefined
export function principal(req: IncomingMessage, scheme?: Scheme): Principal | undefined {
  const state = findRecord(req)?.security as RequestState | undefined
  const principals = state?.principals
  if (scheme) return principals?.find((each) => each.scheme === scheme.name)
  const first = principals?.[0]
  if (!first) {
    throw new SecurityError(
      'ERR_SECURITY_NO_PRINCIPAL',
      `security.principal: req must be ${expected}; received one whose route has noSecurity or no guard`,
    )
  }
  return first
}
