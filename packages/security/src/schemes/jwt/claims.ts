import { type Claims, isDate, subjectOf, type TokenRules, tokenFault } from '../token/claims.ts'

/** What the claims of a JWT must satisfy. Times in seconds. */
export interface ClaimRules extends TokenRules {
  readonly issuer: string
  /** The claims that name the subject: the first one that is there. */
  readonly subjectClaims: readonly string[]
  readonly tolerance: number
  readonly maxLifetime: number
}

/**
 * Why the claims are refused (RFC 7519, section 4.1; RFC 9068, section 2.2); undefined if they are
 * accepted. A missing claim never skips a check.
 */
export function claimFault(
  payload: Claims,
  rules: ClaimRules,
  nowSeconds: number,
): string | undefined {
  const { iss, exp, nbf, iat } = payload
  if (iss !== rules.issuer) return 'wrong_issuer'
  const fault = tokenFault(payload, rules)
  if (fault) return fault
  if (subjectOf(payload, rules.subjectClaims) === undefined) return 'bad_subject'
  if (!isDate(exp) || (nbf !== undefined && !isDate(nbf)) || (iat !== undefined && !isDate(iat))) {
    return 'bad_date'
  }
  if (nowSeconds >= exp + rules.tolerance) return 'expired'
  if (nbf !== undefined && nbf > nowSeconds + rules.tolerance) return 'not_yet_valid'
  if (iat !== undefined && iat > nowSeconds + rules.tolerance) return 'issued_in_future'
  // Without `iat` the lifetime is not known; what is left of it would depend on when one asks.
  return iat !== undefined && exp - iat > rules.maxLifetime ? 'lives_too_long' : undefined
}
