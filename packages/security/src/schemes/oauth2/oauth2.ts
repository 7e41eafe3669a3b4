import { createReporter } from '@clew/internal/reports/reporter'
import { nameOption, optionCheck, requireOneOf } from '../../options.ts'
import type { JwtIssuer } from '../jwt/issuer-options.ts'
import { type JwtLimits, jwtLimitNames } from '../jwt/jwt-limits.ts'
import { jwtOption } from '../jwt/jwt-option.ts'
import { createTokenScheme, type TokenScheme } from '../token/token-scheme.ts'
import { type TokenSchemeOptions, tokenSchemeNames } from '../token/token-scheme-options.ts'
import { flowsOption, type OAuth2Flows } from './flows.ts'
import { type IntrospectionOptions, introspectionOption } from './introspection-options.ts'
import { createIntrospectionVerifier } from './introspection-verifier.ts'

export interface OAuth2Options<S extends string = string, R extends string = string>
  extends TokenSchemeOptions<S, R>,
    JwtLimits {
  /** Tokens are JWTs of these issuers, as with `jwt`. Either this or `introspection`. */
  readonly issuers?: readonly JwtIssuer[]
  /** The authorization server is asked about each token (RFC 7662). */
  readonly introspection?: IntrospectionOptions
  /** How clients get a token, for documentation. @defaultValue none */
  readonly flows?: OAuth2Flows
  /** The metadata of OpenID Connect, for documentation: either this or `flows`. @defaultValue none */
  readonly openIdConnectUrl?: string
}

const names = [
  'issuers',
  'introspection',
  'flows',
  'openIdConnectUrl',
  ...tokenSchemeNames,
  ...jwtLimitNames,
] as const

/**
 * Access tokens of an OAuth 2.0 authorization server: JWTs, or opaque ones, about which the server
 * is asked (token introspection).
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function oauth2<
  const S extends string = never,
  const R extends string = never,
  const N extends string = string,
>(name: N, options: OAuth2Options<S, R>): TokenScheme<N, S, R> {
  const caller = 'security.oauth2'
  const check = optionCheck(caller)
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  requireOneOf(`${caller}: options`, given, ['issuers', 'introspection'])
  const { introspection, cacheMax = 5_000, flows, openIdConnectUrl, scopes = {} } = given
  if (flows !== undefined && openIdConnectUrl !== undefined) {
    throw check.error('openIdConnectUrl', 'left out beside flows', openIdConnectUrl)
  }
  if (openIdConnectUrl !== undefined && !URL.canParse(openIdConnectUrl)) {
    throw check.error('openIdConnectUrl', 'a URL', openIdConnectUrl)
  }
  const reporter = createReporter()
  const verifier =
    introspection === undefined
      ? jwtOption(name, given, { check, caller, reporter })
      : createIntrospectionVerifier(name, {
          settings: introspectionOption(check, introspection),
          cacheMax: check.integer('cacheMax', cacheMax, { min: 0, max: 1_000_000 }),
          reporter,
        })
  return createTokenScheme(name, {
    type: 'oauth2',
    check,
    options: given,
    reporter,
    verifier,
    documentation:
      flows !== undefined
        ? { type: 'oauth2', flows: flowsOption(check, flows, scopes) }
        : openIdConnectUrl !== undefined
          ? { type: 'openIdConnect', openIdConnectUrl }
          : { type: 'http', scheme: 'bearer' },
  })
}
