import { optionCheck } from '../../../options.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { keysOf, type ProfileKeys } from './profile.ts'

export interface KeycloakOptions {
  /** The realm: `https://sso.example/realms/orders`. */
  readonly issuer: string
  /** `aud` must contain one of these: an audience mapper of the realm adds it. */
  readonly audience: string | readonly string[]
  /** The client whose roles count, beside those of the realm. @defaultValue `audience`, if it is one */
  readonly client?: string
  /** How the keys are fetched. @defaultValue from the realm */
  readonly jwks?: ProfileKeys
}

const names = ['issuer', 'audience', 'client', 'jwks'] as const

/**
 * Access tokens of Keycloak. Roles are those of the realm (`realm_access.roles`) and of one client
 * (`resource_access.<client>.roles`). In a token without `sub` (whose client lacks the client scope
 * `basic`), the subject is the client, `azp`.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function keycloak(options: KeycloakOptions): readonly JwtIssuer[] {
  const check = optionCheck('security.keycloak')
  const { issuer, audience, client, jwks } = check.options('options', options, names)
  const url = check.string('issuer', issuer)
  if (!/^https?:\/\/[^?#]+\/realms\/[^/?#]+$/.test(url)) {
    throw check.error(
      'issuer',
      'the URL of a realm, such as https://sso.example/realms/orders',
      url,
    )
  }
  const only = client ?? (typeof audience === 'string' ? audience : undefined)
  if (client !== undefined) check.string('client', client)
  return [
    {
      issuer: url,
      audience: namedOption(check, 'audience', audience),
      subjectClaims: ['sub', 'azp'],
      scopeClaims: ['scope'],
      roleClaims: [
        ['realm_access', 'roles'],
        ...(only === undefined ? [] : [['resource_access', only, 'roles']]),
      ],
      jwks: keysOf({ uri: `${url}/protocol/openid-connect/certs` }, jwks),
    },
  ]
}
