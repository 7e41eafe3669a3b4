import type { JwtAlgorithm } from '../jws/algorithms.ts'
import type { Jwk } from '../jws/key-set.ts'
import type { ClaimValues } from '../token/claim-values.ts'
import type { ClaimPath } from '../token/claims.ts'
import type { RemoteKeysOptions } from './remote-keys.ts'

/**
 * Who may issue tokens, for whom, and with which keys. Plain data: `auth0`, `cognito`, `entra`,
 * `google`, `keycloak` and `rfc9068` make it for common issuers.
 */
export interface JwtIssuer {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string
  /** A token's `aud` must contain one of these, exactly. May be left out where `clients` is given. */
  readonly audience?: string | readonly string[]
  /**
   * The clients whose tokens are accepted: `client_id`, `azp`, `appid` and `cid` of a token, as far
   * as it has them, must be one of these, and one of them must be there.
   *
   * @defaultValue whichever got a token for the audience
   */
  readonly clients?: string | readonly string[]
  /** Where its public keys are, or the keys. Either this or `secret`. */
  readonly jwks?: RemoteKeysOptions | { readonly keys: readonly Jwk[] }
  /** A shared secret for HS256, at least 32 bytes. Whoever verifies tokens can also issue them. */
  readonly secret?: string | Uint8Array
  /**
   * Algorithms it may use.
   *
   * @defaultValue Ed25519, EdDSA, ES256, ES384, PS256, RS256 (with `secret`: HS256)
   */
  readonly algorithms?: readonly JwtAlgorithm[]
  /**
   * Which tokens of it are for access. `'at+jwt'`: only those with this `typ`, as RFC 9068
   * requires. `'access'`: those without a `typ` or with `JWT`, too, unless they are an ID token, a
   * refresh, logout or event token, or a proof, by their claims. `'any'`: all, whatever they are
   * for.
   *
   * @defaultValue `'access'`
   */
  readonly typ?: 'at+jwt' | 'access' | 'any'
  /** Claims that each token must have, such as `jti`. @defaultValue none */
  readonly requiredClaims?: readonly string[]
  /** Claims that each token must have, with their values: `{ token_use: 'access' }`. @defaultValue none */
  readonly claims?: ClaimValues
  /**
   * Claims that name the subject: the first one that a token has.
   *
   * @defaultValue `['sub']`
   */
  readonly subjectClaims?: readonly string[]
  /**
   * Claims that contain scopes, as a string with spaces or an array.
   *
   * @defaultValue `['scope', 'scp']`
   */
  readonly scopeClaims?: readonly string[]
  /**
   * Claims that contain roles, as a string or an array; a claim within others as the way to it:
   * `['realm_access', 'roles']`.
   *
   * @defaultValue `['roles']`
   */
  readonly roleClaims?: readonly ClaimPath[]
}

export const issuerNames = [
  'issuer',
  'audience',
  'clients',
  'jwks',
  'secret',
  'algorithms',
  'typ',
  'requiredClaims',
  'claims',
  'subjectClaims',
  'scopeClaims',
  'roleClaims',
] as const
