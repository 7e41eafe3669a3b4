import { createReporter } from '@clew/internal/reports/reporter'
import { nameOption, optionCheck } from '../../options.ts'
import { createTokenScheme, type TokenScheme } from '../token/token-scheme.ts'
import { type TokenSchemeOptions, tokenSchemeNames } from '../token/token-scheme-options.ts'
import { issuersOption } from './issuer.ts'
import type { JwtIssuer } from './issuer-options.ts'
import { createJwtVerifier } from './jwt-verifier.ts'
import { createSignatureVerifier } from './signature.ts'

export interface JwtOptions<S extends string = string, R extends string = string>
  extends TokenSchemeOptions<S, R> {
  /**
   * At least one. A token is checked by the one whose `issuer` it names, exactly. `auth0`, `entra`
   * and others make them.
   */
  readonly issuers: readonly JwtIssuer[]
  /**
   * How much clocks may differ, in milliseconds (integer, 0 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly clockToleranceMs?: number
  /**
   * Longest lifetime of a token, in milliseconds (integer, 1_000 to 31_536_000_000).
   *
   * @defaultValue 86_400_000 (a day)
   */
  readonly maxLifetimeMs?: number
  /**
   * Verified tokens remembered, until they expire or the keys change (integer, 0 to 1_000_000; 0:
   * none).
   *
   * @defaultValue 5_000
   */
  readonly cacheMax?: number
}

const names = [
  'issuers',
  ...tokenSchemeNames,
  'clockToleranceMs',
  'maxLifetimeMs',
  'cacheMax',
] as const

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
  const { clockToleranceMs = 5_000, maxLifetimeMs = 86_400_000, cacheMax = 5_000 } = given
  check.integer('clockToleranceMs', clockToleranceMs, { min: 0, max: 60_000 })
  check.integer('maxLifetimeMs', maxLifetimeMs, { min: 1_000, max: 31_536_000_000 })
  check.integer('cacheMax', cacheMax, { min: 0, max: 1_000_000 })
  const reporter = createReporter()
  const times = { tolerance: clockToleranceMs / 1000, maxLifetime: maxLifetimeMs / 1000 }
  const issuers = issuersOption(given.issuers, { check, caller, times, reporter })
  const verifySignature = createSignatureVerifier(name, reporter)
  const verifier = createJwtVerifier(name, { issuers, cacheMax, verifySignature })
  return createTokenScheme(name, { type: 'jwt', check, options: given, reporter, verifier })
}
