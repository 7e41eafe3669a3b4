import { createVerdicts } from '../../limits/verdicts.ts'
import { chain } from '../../policy/maybe-promise.ts'
import { createRefuse, type Refusal, refuseNoPlace } from '../../policy/outcome.ts'
import { isPlace, type Place } from '../../policy/place.ts'
import { frozenCopy } from '../frozen-copy.ts'
import { headerFault, readToken, type TokenParts } from '../jws/token-form.ts'
import { isAccessType, kindFault, typeOf } from '../jws/token-kind.ts'
import { rolesOf, scopesOf, subjectOf } from '../token/claims.ts'
import type { TokenPrincipal } from '../token/token-principal.ts'
import type { TokenVerifier } from '../token/token-verifier.ts'
import { claimFault } from './claims.ts'
import type { Issuer } from './issuer.ts'
import type { Signature, VerifySignature } from './signature.ts'

interface Verdict {
  readonly principal: TokenPrincipal
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

interface Parts {
  readonly issuers: ReadonlyMap<string, Issuer>
  readonly cacheMax: number
  readonly verifySignature: VerifySignature
}

/** Tokens in the form of a JWT (RFC 7519). */
export function createJwtVerifier(
  scheme: string,
  { issuers, cacheMax, verifySignature }: Parts,
): TokenVerifier {
  const cache = createVerdicts<Verdict>(cacheMax)
  const refuse = createRefuse(scheme)

  async function verifyCandidate(
    { token, key, parts: { header, payload }, issuer }: Candidate,
    place: Place,
  ): Promise<TokenPrincipal | Refusal> {
    let signature: Signature
    try {
      signature = await verifySignature(token, header, issuer)
    } catch {
      place.settle(false)
      // By its contract there are no keys. Fails closed for any other error, too.
      return refuse('unavailable', 'no_keys', { retryAfter: issuer.keys.retryAfter })
    }
    // A key that is not known (yet) is no guess; nor is a token that has expired, or is meant for
    // somebody else: a tab that polls with it must not block its address.
    place.settle('fault' in signature && signature.fault === 'bad_signature')
    if ('fault' in signature) return refuse('invalid', signature.fault)
    const principal = principalOf(scheme, payload, issuer)
    if (!principal) return refuse('invalid', 'bad_claims')
    const { generation } = signature
    if (generation === issuer.keys.generation) {
      cache.set(key, { principal, issuer, generation }, expiryMs(payload, issuer))
    }
    return principal
  }

  return {
    known(key) {
      const known = cache.get(key, Date.now())
      return known && known.generation === known.issuer.keys.generation
        ? known.principal
        : undefined
    },
    verify(token, key, attempt) {
      const parts = readToken(token)
      if (typeof parts === 'string') return refuse('invalid', parts)
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
          ? verifyCandidate({ token, key, parts, issuer }, place)
          : refuseNoPlace(refuse, place),
      )
    },
    async shutdown() {
      cache.clear()
      await Promise.all([...issuers.values()].map(({ keys }) => keys.shutdown()))
    },
  }
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
  return claimFault(payload, issuer.rules, Date.now() / 1000)
}

// `exp` was checked to be a number.
const expiryMs = (payload: TokenParts['payload'], { rules }: Issuer) =>
  ((payload['exp'] as number) + rules.tolerance) * 1000

function principalOf(
  scheme: string,
  payload: TokenParts['payload'],
  { rules, scopeClaims, roleClaims }: Issuer,
): TokenPrincipal | undefined {
  const subject = subjectOf(payload, rules.subjectClaims)
  const scopes = scopesOf(payload, scopeClaims)
  const roles = rolesOf(payload, roleClaims)
  if (subject === undefined || !scopes || !roles) return undefined
  try {
    return Object.freeze({ scheme, subject, scopes, roles, claims: frozenCopy(payload) })
  } catch {
    return undefined
  }
}
