import { createReporter } from '@clew/internal/reports/reporter'
import { nameOption, optionCheck } from '../../options.ts'
import { createTokenScheme, type TokenScheme } from '../token/token-scheme.ts'
import { type TokenSchemeOptions, tokenSchemeNames } from '../token/token-scheme-options.ts'
import type { JwtIssuer } from './issuer-options.ts'
import { type JwtLimits, jwtLimitNames } from './jwt-limits.ts'
import { jwtOption } from './jwt-option.ts'

export interface JwtOptions<S extends string = string, R extends string = string>
  extends TokenSchemeOptions<S, R>,
    JwtLimits {
  /**
   * At least one. A token is checked by the one whose `issuer` it names, exactly. `auth0`, `entra`
   * and others make them.
   */
  readonly issuers: readonly JwtIssuer[]
}

const names = ['issuers', ...tokenSchemeNames, ...jwtLimitNames] as const

/**
 * Bearer tokens (RFC 6750) in the form of a JWT (RFC 7519), verified by jose.
 *
 * Every token needs an allowed algorithm, `iss`, `aud`, a subject and `exp`, and canonical encoding.
 * Keys come from the configuration only.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function jwt<
  const S extends string = never,
  const R extends string = never,
  const N extends string = string,
>(name: N, options: JwtOptions<S, R>): TokenScheme<N, S, R> {
  const caller = 'security.jwt'
  const check = optionCheck(caller)
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  const reporter = createReporter()
  const verifier = jwtOption(name, given, { check, caller, reporter })
  return createTokenScheme(name, {
    type: 'jwt',
    check,
    options: given,
    reporter,
    verifier,
    documentation: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
}
