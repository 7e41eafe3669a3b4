import type { Refusal } from '../policy/outcome.ts'
import type { ChallengeError, Scheme } from '../policy/scheme.ts'

/**
 * The values of WWW-Authenticate. With 401: every alternative, in the order of the policy.
 * Otherwise: only the scheme that the fault is about.
 */
export function challengesOf(
  schemes: readonly Scheme[],
  refusals: readonly Refusal[],
  decisive: Refusal,
): readonly string[] {
  switch (decisive.fault) {
    case 'absent':
    case 'invalid':
      return schemes.flatMap((scheme) => {
        const invalid = refusals.find(
          (refusal) => refusal.scheme === scheme.name && refusal.fault === 'invalid',
        )
        // RFC 6750, section 3.1: no error code where no credential was sent.
        return scheme.internals.challenge(invalid && { error: invalid.error ?? 'invalid_token' })
      })
    case 'forbidden':
      return bearerChallenges(schemes, decisive, {
        error: 'insufficient_scope',
        // Roles and claims are nobody's business but the operator's.
        ...(decisive.missing === undefined ? {} : { scope: decisive.missing.join(' ') }),
      })
    case 'malformed':
      return bearerChallenges(schemes, decisive, { error: 'invalid_request' })
    case 'cross_site':
    case 'limited':
    case 'unavailable':
      return []
  }
}

/** Only Bearer defines error codes. */
function bearerChallenges(
  schemes: readonly Scheme[],
  { scheme: name }: Refusal,
  error: ChallengeError,
): readonly string[] {
  return schemes
    .filter((scheme) => scheme.name === name && scheme.internals.isBearer)
    .flatMap((scheme) => scheme.internals.challenge(error))
}
