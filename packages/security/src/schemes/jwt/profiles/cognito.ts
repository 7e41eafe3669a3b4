import { optionCheck } from '../../../options.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { keysOf, type ProfileKeys } from './profile.ts'

export interface CognitoOptions {
  /** The id of the user pool: `eu-west-1_AbCdEfGhI`. */
  readonly userPool: string
  /** The ids of the app clients that may come. */
  readonly clients: string | readonly string[]
  /** `aud` must contain one of these, where the pool binds tokens to a resource. @defaultValue not looked at */
  readonly audience?: string | readonly string[]
  /** How the keys are fetched. @defaultValue from the user pool */
  readonly jwks?: ProfileKeys
}

const names = ['userPool', 'clients', 'audience', 'jwks'] as const

/**
 * Access tokens of Amazon Cognito, which have no `aud`: their `client_id` says for whom they are.
 * Roles are the groups of the user (`cognito:groups`).
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function cognito(options: CognitoOptions): readonly JwtIssuer[] {
  const check = optionCheck('security.cognito')
  const { userPool, clients, audience, jwks } = check.options('options', options, names)
  const [, region] = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]{1,55}$/.exec(String(userPool)) ?? []
  if (region === undefined) {
    throw check.error('userPool', 'the id of a user pool, such as eu-west-1_AbCdEfGhI', userPool)
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const issuer = `https://cognito-idp.${region}.${domain}/${userPool}`
  return [
    {
      issuer,
      clients: namedOption(check, 'clients', clients),
      ...(audience === undefined ? {} : { audience: namedOption(check, 'audience', audience) }),
      algorithms: ['RS256'],
      claims: { token_use: 'access' },
      scopeClaims: ['scope'],
      roleClaims: ['cognito:groups'],
      jwks: keysOf({ uri: `${issuer}/.well-known/jwks.json` }, jwks),
    },
  ]
}
