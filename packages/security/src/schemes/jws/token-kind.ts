import type { TokenParts } from './token-form.ts'

// Tokens of the same issuer, for the same audience, that are for something else than access.

const accessTypes = ['jwt', 'at+jwt']

/** Claims that only tokens for something else have, and what that is. */
const tellingClaims: readonly (readonly [claim: string, fault: string])[] = [
  // OpenID Connect Core, section 2 and 3.3.2.11: ID tokens
  ['nonce', 'id_token'],
  ['at_hash', 'id_token'],
  ['c_hash', 'id_token'],
  ['s_hash', 'id_token'],
  // RFC 8417: security events; OpenID Connect Back-Channel Logout, section 2.4
  ['events', 'event_token'],
  // RFC 9449, section 4.2: DPoP proofs
  ['htm', 'proof'],
  ['htu', 'proof'],
]

// Keycloak: `typ`; Cognito: `token_use`; others: `token_type`.
const kindClaims = ['typ', 'token_use', 'token_type']
const otherKinds = /^(id|refresh|offline|logout|serialized-id)([ _-]?token)?$/i

/** The `typ` of a header, without the `application/` that may be left out (RFC 7515, 4.1.9). */
export function typeOf({ typ }: TokenParts['header']): string | undefined {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined
}

/** Whether the `typ` says that the token is for access, or says nothing. */
export function isAccessType(typ: string | undefined): boolean {
  return typ === undefined || accessTypes.includes(typ)
}

/** Why a token whose `typ` says nothing is refused: it is for something else than access. */
export function kindFault(payload: TokenParts['payload']): string | undefined {
  for (const claim of kindClaims) {
    const kind = payload[claim]
    if (typeof kind === 'string' && otherKinds.test(kind)) return 'wrong_kind'
  }
  for (const [claim, fault] of tellingClaims) if (Object.hasOwn(payload, claim)) return fault
  return undefined
}
