import { optionCheck } from '../../../options.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { keysOf, type ProfileKeys } from './profile.ts'

export interface Rfc9068Options {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string
  /** `aud` must contain one of these. */
  readonly audience: string | readonly string[]
  /** Where the keys are, and how they are fetched. @defaultValue discovered from the issuer */
  readonly jwks?: ProfileKeys
}

const names = ['issuer', 'audience', 'jwks'] as const

/**
 * An issuer that follows RFC 9068: `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and `jti` are
 * there. Roles are those in `roles`, `groups` and `entitlements`.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function rfc9068(options: Rfc9068Options): readonly JwtIssuer[] {
  const check = optionCheck('security.rfc9068')
  const { issuer, audience, jwks } = check.options('options', options, names)
  return [
    {
      issuer: check.string('issuer', issuer),
      audience: namedOption(check, 'audience', audience),
      typ: 'at+jwt',
      requiredClaims: ['client_id', 'iat', 'jti'],
      scopeClaims: ['scope'],
      roleClaims: ['roles', 'groups', 'entitlements'],
      jwks: keysOf({ discover: true }, jwks),
    },
  ]
}
