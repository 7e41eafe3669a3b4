import type { Reporter } from '@clew/internal/reports/reporter'
import type { Check } from '../../options.ts'
import type { TokenVerifier } from '../token/token-verifier.ts'
import { issuersOption } from './issuer.ts'
import type { JwtIssuer } from './issuer-options.ts'
import type { JwtLimits } from './jwt-limits.ts'
import { createJwtVerifier } from './jwt-verifier.ts'
import { createSignatureVerifier } from './signature.ts'

interface Context {
  readonly check: Check
  /** The public function whose options they are: `security.jwt`. */
  readonly caller: string
  readonly reporter: Reporter
}

/** Reads the options of a scheme whose tokens are JWTs. @param name - of the scheme */
export function jwtOption(
  name: string,
  options: JwtLimits & { readonly issuers?: readonly JwtIssuer[] | undefined },
  { check, caller, reporter }: Context,
): TokenVerifier {
  const { clockToleranceMs = 5_000, maxLifetimeMs = 86_400_000, cacheMax = 5_000 } = options
  check.integer('clockToleranceMs', clockToleranceMs, { min: 0, max: 60_000 })
  check.integer('maxLifetimeMs', maxLifetimeMs, { min: 1_000, max: 31_536_000_000 })
  check.integer('cacheMax', cacheMax, { min: 0, max: 1_000_000 })
  const times = { tolerance: clockToleranceMs / 1000, maxLifetime: maxLifetimeMs / 1000 }
  const issuers = issuersOption(options.issuers, { check, caller, times, reporter })
  const verifySignature = createSignatureVerifier(name, reporter)
  return createJwtVerifier(name, { issuers, cacheMax, verifySignature })
}
