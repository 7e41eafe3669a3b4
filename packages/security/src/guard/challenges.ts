import type { Refusal } from '../policy/outcome.ts'
import type { RequestLike } from '../policy/request.ts'
import type { Attempt, ChallengeError, Scheme } from '../policy/scheme.ts'

/**
 * The values of WWW-Authenticate. With 401: every alternative, in the order of the policy.
 * Otherwise: only the scheme that the fault is about.
 */
export function challengesOf(
  schemes: readonly Scheme[],
  { req, refusals }: Pick<Attempt, 'req' | 'refusals'>,
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
        return scheme.internals.challenge(
          invalid && { error: invalid.error ?? 'invalid_token' },
          req,
        )
      })
    case 'forbidden':
      return bearerChallenges(bearersOf(schemes, decisive), req, {
        error: 'insufficient_scope',
        // Roles and claims are nobody's business but the operator's.
        ...(decisive.missing === undefined ? {} : { scope: decisive.missing.join(' ') }),
      })
    case 'malformed':
      return bearerChallenges(bearersOf(schemes, decisive), req, { error: 'invalid_request' })
    case 'cross_site':
    case 'limited':
    case 'unavailable':
      return []
  }
}

/** The scheme that the fault is about: only Bearer defines error codes. */
const bearersOf = (schemes: readonly Scheme[], { scheme }: Refusal) =>
  schemes.filter(({ name, internals }) => name === scheme && internals.isBearer)

function bearerChallenges(
  bearers: readonly Scheme[],
  req: RequestLike,
  error: ChallengeError,
): readonly string[] {
  return bearers.flatMap(({ internals }) => internals.challenge(error, req))
}
