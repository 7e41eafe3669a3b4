import { optionCheck } from '../../../options.ts'
import type { ClaimPath } from '../../token/claims.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { hostOption, keysOf, type ProfileKeys } from './profile.ts'

export interface Auth0Options {
  /** Of the tenant, or its custom domain: `orders.eu.auth0.com`. */
  readonly domain: string
  /** The identifier of the API. */
  readonly audience: string | readonly string[]
  /** Claims with roles that an action adds, such as `https://orders.example/roles`. @defaultValue `['roles']` */
  readonly roleClaims?: readonly ClaimPath[]
  /** How the keys are fetched. @defaultValue from the domain */
  readonly jwks?: ProfileKeys
}

const names = ['domain', 'audience', 'roleClaims', 'jwks'] as const

/**
 * Access tokens of Auth0, in both of its forms. What a user may do (`permissions`) counts as scopes.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function auth0(options: Auth0Options): readonly JwtIssuer[] {
  const check = optionCheck('security.auth0')
  const { domain, audience, roleClaims, jwks } = check.options('options', options, names)
  const url = `https://${hostOption(check, 'domain', domain)}/`
  return [
    {
      issuer: url,
      audience: namedOption(check, 'audience', audience),
      algorithms: ['RS256', 'PS256'],
      scopeClaims: ['scope', 'permissions'],
      ...(roleClaims === undefined ? {} : { roleClaims }),
      jwks: keysOf({ uri: `${url}.well-known/jwks.json` }, jwks),
    },
  ]
}
