import { hash } from 'node:crypto'
import { createReporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { createVerdicts } from '../../limits/verdicts.ts'
import { nameOption, optionCheck } from '../../options.ts'
import { chain, type MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, refuseNoPlace } from '../../policy/outcome.ts'
import { isPlace, type Place } from '../../policy/place.ts'
import type { Principal } from '../../policy/principal.ts'
import { type Attempt, createScheme, type Scheme } from '../../policy/scheme.ts'
import { readKey } from '../api-key/key-format.ts'
import { authorization } from '../authorization.ts'
import { bearerChallenge } from '../bearer-challenge.ts'
import { frozenCopy } from '../frozen-copy.ts'
import { claimFault, scopesOf } from './claims.ts'
import { type Issuer, issuersOption, type JwtIssuer } from './issuer.ts'
import { createSignatureVerifier, type Signature } from './signature.ts'
import { headerFault, readToken, type TokenParts } from './token-form.ts'
import { isAccessType, kindFault, typeOf } from './token-kind.ts'

export interface JwtOptions<S extends string = string> {
  /** At least one. A token is checked by the one whose `issuer` it names, exactly. */
  readonly issuers: readonly JwtIssuer[]
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
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
  /** Longest token, in bytes (integer, 256 to 65_536). @defaultValue 8_192 */
  readonly maxTokenBytes?: number
  /**
   * Verified tokens remembered, until they expire or the keys change (integer, 0 to 1_000_000; 0:
   * none).
   *
   * @defaultValue 5_000
   */
  readonly cacheMax?: number
  /**
   * Called for each request, also for a remembered token: true refuses it. If it throws, the
   * response is 503.
   *
   * @defaultValue none
   */
  readonly revoked?: (
    principal: Principal,
    context: { readonly signal: AbortSignal },
  ) => boolean | Promise<boolean>
  /**
   * Longest call of `revoked`, in milliseconds, before the response is 503 (integer, 10 to 60_000).
   *
   * @defaultValue 1_000
   */
  readonly revokedTimeoutMs?: number
}

interface Verdict {
  readonly principal: Principal
  readonly issuer: Issuer
  readonly generation: number
}

/** A token that is right but for its signature, which is not checked yet. */
interface Candidate {
  readonly token: string
  /** What it is remembered under. */
  readonly key: string
  readonly parts: TokenParts
  readonly issuer: Issuer
}

const names = [
  'issuers',
  'scopes',
  'realm',
  'clockToleranceMs',
  'maxLifetimeMs',
  'maxTokenBytes',
  'cacheMax',
  'revoked',
  'revokedTimeoutMs',
] as const

/**
 * Bearer tokens (RFC 6750) in the form of a JWT (RFC 7519), verified by jose.
 *
 * Every token needs an allowed algorithm, `iss`, `aud`, `sub` and `exp`, and canonical encoding.
 * Keys come from the configuration only.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function jwt<const S extends string = never, const N extends string = string>(
  name: N,
  options: JwtOptions<S>,
): Scheme<S, Principal<N>> {
  const check = optionCheck('security.jwt')
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  const { clockToleranceMs = 5_000, maxLifetimeMs = 86_400_000 } = given
  const { maxTokenBytes = 8_192, cacheMax = 5_000, revoked, revokedTimeoutMs = 1_000 } = given
  const realm = nameOption(check, 'realm', given.realm ?? name)
  check.integer('clockToleranceMs', clockToleranceMs, { min: 0, max: 60_000 })
  check.integer('maxLifetimeMs', maxLifetimeMs, { min: 1_000, max: 31_536_000_000 })
  check.integer('maxTokenBytes', maxTokenBytes, { min: 256, max: 65_536 })
  check.integer('cacheMax', cacheMax, { min: 0, max: 1_000_000 })
  check.function('revoked', revoked)
  check.integer('revokedTimeoutMs', revokedTimeoutMs, { min: 10, max: 60_000 })
  const cache = createVerdicts<Verdict>(cacheMax)
  const reporter = createReporter()
  const times = { tolerance: clockToleranceMs / 1000, maxLifetime: maxLifetimeMs / 1000 }
  const issuers = issuersOption(given.issuers, { check, times, reporter })
  const verify = createSignatureVerifier(name, reporter)
  const refuse = createRefuse(name)

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const header = authorization(attempt.req, 'bearer')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    const token = header.value
    if (token.length > maxTokenBytes) return refuse('invalid', 'too_long')

    // Of the whole token, since its parts can be recombined.
    const key = hash('sha256', token, 'base64')
    const known = cache.get(key, Date.now())
    if (known && known.generation === known.issuer.keys.generation) return accept(known.principal)

    const parts = readToken(token)
    if (typeof parts === 'string') {
      // An API key is left to the scheme that knows it.
      return readKey(token) ? refuse('absent', 'api_key') : refuse('invalid', parts)
    }
    const fault = headerFault(parts.header)
    if (fault) return refuse('invalid', fault)
    const { iss } = parts.payload
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
    if (!issuer) return refuse('invalid', 'unknown_issuer')
    const tokenFault = tokenFaultOf(parts, issuer)
    if (tokenFault) return refuse('invalid', tokenFault)
    // Before the expensive part, so that a blocked client costs no more than this.
    return chain(attempt.reserve(), (place) =>
      isPlace(place)
        ? verifyToken({ token, key, parts, issuer }, place)
        : refuseNoPlace(refuse, place),
    )
  }

  function accept(principal: Principal): MaybePromise<Outcome> {
    return revoked ? askRevoked(revoked, principal) : { ok: true, principals: [principal] }
  }

  async function askRevoked(
    ask: NonNullable<JwtOptions['revoked']>,
    principal: Principal,
  ): Promise<Outcome> {
    const signal = AbortSignal.timeout(revokedTimeoutMs)
    try {
      return (await deadline(async () => ask(principal, { signal }), signal)) === false
        ? { ok: true, principals: [principal] }
        : refuse('invalid', 'revoked')
    } catch {
      const reason = signal.aborted ? 'revocation_timed_out' : 'revocation_failed'
      return refuse('unavailable', reason, { retryAfter: 5 })
    }
  }

  async function verifyToken(
    { token, key, parts: { header, payload }, issuer }: Candidate,
    place: Place,
  ): Promise<Outcome> {
    let signature: Signature
    try {
      signature = await verify(token, header, issuer)
    } catch {
      place.settle(false)
      // By its contract there are no keys. Fails closed for any other error, too.
      return refuse('unavailable', 'no_keys', { retryAfter: issuer.keys.retryAfter })
    }
    // A key that is not known (yet) is no guess; nor is a token that has expired, or is meant for
    // somebody else: a tab that polls with it must not block its address.
    place.settle('fault' in signature && signature.fault === 'bad_signature')
    if ('fault' in signature) return refuse('invalid', signature.fault)
    const principal = createPrincipal(name, payload, issuer)
    if (!principal) return refuse('invalid', 'bad_claims')
    const { generation } = signature
    if (generation === issuer.keys.generation) {
      cache.set(key, { principal, issuer, generation }, expiryMs(payload, issuer))
    }
    return accept(principal)
  }

  return createScheme(name, 'jwt', given.scopes, {
    realm,
    header: 'Authorization',
    isBearer: true,
    reporter,
    authenticate,
    challenge: (error) => bearerChallenge(realm, error),
    async shutdown() {
      cache.clear()
      await Promise.all([...issuers.values()].map(({ keys }) => keys.shutdown()))
    },
  })
}

function tokenFaultOf({ header, payload }: TokenParts, issuer: Issuer): string | undefined {
  if (!issuer.algorithms.includes(header['alg'] as string)) return 'alg_not_allowed'
  const typ = typeOf(header)
  if (issuer.typ === 'at+jwt' ? typ !== 'at+jwt' : issuer.typ === 'access' && !isAccessType(typ)) {
    return 'wrong_typ'
  }
  // `at+jwt` says what the token is for. Others have to be looked at.
  const kind = issuer.typ === 'access' && typ !== 'at+jwt' ? kindFault(payload) : undefined
  if (kind) return kind
  // Bound to a key of the client (RFC 7800), which this scheme cannot ask for: whoever has stolen
  // it could use it.
  if (Object.hasOwn(payload, 'cnf')) return 'bound_token'
  return claimFault(payload, issuer.rules, Date.now() / 1000)
}

// `exp` was checked to be a number.
const expiryMs = (payload: TokenParts['payload'], { rules }: Issuer) =>
  ((payload['exp'] as number) + rules.tolerance) * 1000

function createPrincipal(
  scheme: string,
  payload: TokenParts['payload'],
  issuer: Issuer,
): Principal | undefined {
  const scopes = scopesOf(payload, issuer.scopeClaims)
  if (!scopes) return undefined
  try {
    return Object.freeze({
      scheme,
      subject: payload['sub'] as string,
      scopes,
      claims: frozenCopy(payload),
    })
  } catch {
    return undefined
  }
}
