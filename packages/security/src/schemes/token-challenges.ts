import type { ChallengeError } from '../policy/scheme.ts'

/** RFC 6750, section 3 */
export function bearerChallenge(realm: string, error?: ChallengeError): string {
  return `Bearer realm="${realm}"${parametersOf(error)}`
}

/** RFC 9449, section 7.1 */
export function dpopChallenge(
  realm: string,
  algorithms: readonly string[],
  error?: ChallengeError,
): string {
  return `DPoP realm="${realm}"${parametersOf(error)}, algs="${algorithms.join(' ')}"`
}

const parametersOf = (error: ChallengeError | undefined): string =>
  (error ? `, error="${error.error}"` : '') +
  (error?.scope === undefined ? '' : `, scope="${error.scope}"`)
