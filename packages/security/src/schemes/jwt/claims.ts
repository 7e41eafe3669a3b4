import type { TokenParts } from './token-form.ts'

/** What the claims of a token must satisfy. Times in seconds. */
export interface ClaimRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly tolerance: number
  readonly maxLifetime: number
}

/**
 * Why the claims are refused (RFC 7519, section 4.1; RFC 9068, section 2.2); undefined if they are
 * accepted. A missing claim never skips a check.
 */
export function claimFault(
  payload: TokenParts['payload'],
  rules: ClaimRules,
  nowSeconds: number,
): string | undefined {
  const { iss, aud, sub, exp, nbf, iat } = payload
  if (iss !== rules.issuer) return 'wrong_issuer'
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.some((each) => typeof each === 'string' && rules.audiences.includes(each))) {
    return 'wrong_audience'
  }
  if (typeof sub !== 'string' || sub === '' || sub.length > 1024) return 'bad_subject'
  if (!isDate(exp) || (nbf !== undefined && !isDate(nbf)) || (iat !== undefined && !isDate(iat))) {
    return 'bad_date'
  }
  if (nowSeconds >= exp + rules.tolerance) return 'expired'
  if (nbf !== undefined && nbf > nowSeconds + rules.tolerance) return 'not_yet_valid'
  if (iat !== undefined && iat > nowSeconds + rules.tolerance) return 'issued_in_future'
  // Without `iat` the lifetime is not known; what is left of it would depend on when one asks.
  return iat !== undefined && exp - iat > rules.maxLifetime ? 'lives_too_long' : undefined
}

const isDate = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER

/**
 * The scopes that a token grants: `scope` (RFC 8693, section 4.2; a string) and `scp` (a string or
 * an array), as exact words. Undefined if one of the claims has another form.
 */
export function scopesOf(
  payload: TokenParts['payload'],
  claims: readonly string[],
): readonly string[] | undefined {
  const scopes = new Set<string>()
  for (const claim of claims) {
    if (!Object.hasOwn(payload, claim)) continue
    const value = payload[claim]
    const list = typeof value === 'string' ? value.split(' ') : value
    if (!Array.isArray(list)) return undefined
    for (const scope of list) {
      if (typeof scope !== 'string') return undefined
      if (scope !== '') scopes.add(scope)
    }
  }
  return Object.freeze([...scopes])
}
