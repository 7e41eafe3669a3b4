import type { ChallengeError } from '../policy/scheme.ts'

/** RFC 6750, section 3 */
export function bearerChallenge(realm: string, error?: ChallengeError): string {
  return (
    `Bearer realm="${realm}"` +
    (error ? `, error="${error.error}"` : '') +
    (error?.scope === undefined ? '' : `, scope="${error.scope}"`)
  )
}
