import { optionCheck } from '../../../options.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { keysOf, type ProfileKeys } from './profile.ts'

export interface GoogleOptions {
  /** What the caller asked a token for: the URL of the service, or a client id. */
  readonly audience: string | readonly string[]
  /**
   * The accounts that may come, by address (`email`, verified). `'any'`: whoever has an account of
   * Google or one in its cloud, so that policies have to decide. Needed without `hostedDomain`.
   */
  readonly emails?: readonly string[] | 'any'
  /** Accounts of this Workspace only (`hd`). @defaultValue accounts of whatever domain */
  readonly hostedDomain?: string
  /** How the keys are fetched. @defaultValue from www.googleapis.com */
  readonly jwks?: ProfileKeys
}

const names = ['audience', 'emails', 'hostedDomain', 'jwks'] as const

/**
 * Tokens that Google signs for service accounts (Cloud Run, Pub/Sub push, Scheduler, Tasks). Those of
 * a login in a browser (`nonce`, `at_hash`) are refused; access tokens of Google are no JWTs.
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function google(options: GoogleOptions): readonly JwtIssuer[] {
  const check = optionCheck('security.google')
  const { audience, hostedDomain, emails, jwks } = check.options('options', options, names)
  if (hostedDomain !== undefined) check.string('hostedDomain', hostedDomain)
  const addresses = emails === 'any' ? undefined : (emails ?? (hostedDomain ? undefined : []))
  if (addresses && check.strings('emails', addresses).length === 0) {
    const expected = "an array of at least one address, or 'any' (or left out beside hostedDomain)"
    throw check.error('emails', expected, emails)
  }
  // Google has signed with both names.
  return ['https://accounts.google.com', 'accounts.google.com'].map((issuer) => ({
    issuer,
    audience: namedOption(check, 'audience', audience),
    algorithms: ['RS256'],
    claims: {
      ...(hostedDomain === undefined ? {} : { hd: hostedDomain }),
      ...(addresses === undefined ? {} : { email: addresses, email_verified: true }),
    },
    roleClaims: [],
    jwks: keysOf({ uri: 'https://www.googleapis.com/oauth2/v3/certs' }, jwks),
  }))
}
