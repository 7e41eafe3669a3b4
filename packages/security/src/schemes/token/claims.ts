import { type ClaimList, hasClaims } from './claim-values.ts'

export type Claims = Readonly<Record<string, unknown>>

/** A claim, or the way to one within others: `['realm_access', 'roles']`. */
export type ClaimPath = string | readonly string[]

/** What the claims of an access token must say, whoever says it. */
export interface TokenRules {
  /** `aud` must contain one of these. Undefined: `aud` is not looked at. */
  readonly audiences: readonly string[] | undefined
  /** The token must be issued to one of these clients. Undefined: to whomever. */
  readonly clients: readonly string[] | undefined
  /** Claims that must be there. */
  readonly requiredClaims: readonly string[]
  /** Claims that must have certain values. */
  readonly claims: ClaimList
}

/** Where claims say the client that a token was issued to (RFC 8693, OpenID Connect, Entra, Okta). */
const clientClaims = ['client_id', 'azp', 'appid', 'cid']

/** Why the token is not meant for this service, or not enough; undefined if it is. */
export function tokenFault(claims: Claims, rules: TokenRules): string | undefined {
  const { audiences, clients } = rules
  if (audiences !== undefined) {
    const named = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']]
    if (!named.some((each) => typeof each === 'string' && audiences.includes(each))) {
      return 'wrong_audience'
    }
  }
  if (clients !== undefined) {
    const named = clientClaims.filter((claim) => Object.hasOwn(claims, claim))
    // All of them: they say the same in one form or another.
    if (named.length === 0 || !named.every((claim) => clients.includes(claims[claim] as string))) {
      return 'wrong_client'
    }
  }
  for (const claim of rules.requiredClaims) {
    if (!Object.hasOwn(claims, claim) || claims[claim] === null) return 'missing_claim'
  }
  return hasClaims(claims, rules.claims) ? undefined : 'wrong_claim'
}

export const isDate = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER

/** The first of these claims that is there; undefined if it is no subject, or there is none. */
export function subjectOf(claims: Claims, names: readonly string[]): string | undefined {
  const name = names.find((each) => Object.hasOwn(claims, each))
  const subject = name === undefined ? undefined : claims[name]
  return typeof subject === 'string' && subject !== '' && subject.length <= 1024
    ? subject
    : undefined
}

/**
 * The scopes that a token grants: `scope` (RFC 8693, section 4.2; a string), `scp` (a string or an
 * array) and the like, as exact words. Undefined if one of the claims has another form.
 */
export function scopesOf(claims: Claims, names: readonly string[]): readonly string[] | undefined {
  const scopes = new Set<string>()
  for (const name of names) {
    if (!Object.hasOwn(claims, name)) continue
    const value = claims[name]
    const list = typeof value === 'string' ? value.split(' ') : value
    if (!Array.isArray(list)) return undefined
    for (const scope of list) {
      if (typeof scope !== 'string') return undefined
      if (scope !== '') scopes.add(scope)
    }
  }
  return Object.freeze([...scopes])
}

/**
 * The roles that a token grants: one as a string, or an array of strings, or of objects with a
 * `value` (RFC 9068, section 2.2.3.1). Undefined if one of the claims has another form.
 */
export function rolesOf(
  claims: Claims,
  paths: readonly ClaimPath[],
): readonly string[] | undefined {
  const roles = new Set<string>()
  for (const path of paths) {
    const value = claimAt(claims, typeof path === 'string' ? [path] : path)
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) {
      const role: unknown = typeof item === 'string' ? item : (item as { value?: unknown })?.value
      if (typeof role !== 'string') return undefined
      if (role !== '') roles.add(role)
    }
  }
  return Object.freeze([...roles])
}

function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Claims)[name]
  }
  return value
}
