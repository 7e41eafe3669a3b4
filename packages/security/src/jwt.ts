import { hash } from 'node:crypto'
import { authorization } from './authorization.ts'
import { integer, label } from './check.ts'
import { claimFault, scopesOf } from './claims.ts'
import { type Issuer, issuersOf, type JwtIssuer } from './issuer.ts'
import { type Signature, signatureVerifier } from './jwt-verifier.ts'
import { frozenCopy, type Principal } from './principal.ts'
import { reporter } from './report.ts'
import {
  type Attempt,
  type ChallengeError,
  type MaybePromise,
  type Outcome,
  type Refusal,
  type Scheme,
  scheme,
} from './scheme.ts'
import { headerFault, readToken, type TokenParts } from './token-form.ts'
import { verdicts } from './verdicts.ts'

export interface JwtOptions<S extends string = string> {
  /** At least one; a token is checked by the one whose `issuer` it names. */
  readonly issuers: readonly JwtIssuer[]
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
  /** How far clocks may differ, in milliseconds (integer, 0 to 60_000). @defaultValue 5_000 */
  readonly clockToleranceMs?: number
  /** Longest life of a token, in milliseconds (integer, 1_000 to 31_536_000_000). @defaultValue 86_400_000 (a day) */
  readonly maxLifetimeMs?: number
  /** Longest token, in bytes (integer, 256 to 65_536). @defaultValue 8_192 */
  readonly maxTokenBytes?: number
  /** Verified tokens remembered, until they expire or the keys change (integer, 0 to 1_000_000; 0 = none). @defaultValue 5_000 */
  readonly cacheMax?: number
  /** Asked on each request, also for a token seen before: true refuses it. A throw means 503. @defaultValue none */
  readonly revoked?: (principal: Principal) => boolean | Promise<boolean>
}

interface Verdict {
  readonly principal: Principal
  readonly issuer: Issuer
  readonly generation: number
}

/**
 * Bearer tokens (RFC 6750) in the form of a JWT (RFC 7519), verified by jose.
 *
 * Required of every token: a listed algorithm, `iss`, `aud`, `sub` and `exp`, one canonical spelling. Keys come from the
 * configuration only.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 */
export function jwt<const S extends string = never>(
  name: string,
  options: JwtOptions<S>,
): Scheme<S> {
  const realm = label('realm', options.realm ?? label('name', name))
  const tolerance = integer('clockToleranceMs', options.clockToleranceMs ?? 5_000, 0, 60_000) / 1000
  const maxLifetime =
    integer('maxLifetimeMs', options.maxLifetimeMs ?? 86_400_000, 1_000, 31_536_000_000) / 1000
  const maxTokenBytes = integer('maxTokenBytes', options.maxTokenBytes ?? 8_192, 256, 65_536)
  const cache = verdicts<Verdict>(integer('cacheMax', options.cacheMax ?? 5_000, 0, 1_000_000))
  const { revoked } = options
  const reports = reporter()
  const issuers = issuersOf(options.issuers, { tolerance, maxLifetime }, reports)
  const verify = signatureVerifier()
  const refuse = (fault: Refusal['fault'], reason: string, more?: Partial<Refusal>): Refusal => ({
    ok: false,
    fault,
    reason,
    scheme: name,
    ...more,
  })

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const header = authorization(attempt.req, 'bearer')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    const token = header.value
    if (token.length > maxTokenBytes) return refuse('invalid', 'too_long')

    // The whole token, since its parts can be recombined.
    const key = hash('sha256', token, 'base64')
    const seen = cache.get(key, Date.now())
    if (seen && seen.generation === seen.issuer.keys.generation) return accept(seen.principal)

    const parts = readToken(token)
    if (typeof parts === 'string') return refuse('invalid', parts)
    const fault = headerFault(parts.header)
    if (fault) return refuse('invalid', fault)
    const { iss } = parts.payload
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
    if (!issuer) return refuse('invalid', 'unknown_issuer')
    const unfit = tokenFault(parts, issuer)
    if (unfit) return refuse('invalid', unfit)
    // Before the costly part: failures cost us no more than this.
    const retryAfter = attempt.blocked()
    if (retryAfter !== undefined) return refuse('limited', 'too_many_failures', { retryAfter })
    return first(token, key, parts, issuer)
  }

  function accept(principal: Principal): MaybePromise<Outcome> {
    if (!revoked) return { ok: true, principals: [principal] }
    return askRevoked(principal)
  }

  async function askRevoked(principal: Principal): Promise<Outcome> {
    try {
      return (await revoked?.(principal)) === false
        ? { ok: true, principals: [principal] }
        : refuse('invalid', 'revoked')
    } catch {
      return refuse('unavailable', 'revocation_failed', { retryAfter: 5 })
    }
  }

  async function first(
    token: string,
    key: string,
    { header, payload }: TokenParts,
    issuer: Issuer,
  ): Promise<Outcome> {
    let signature: Signature
    try {
      signature = await verify(token, header, issuer)
    } catch {
      // By its contract the keys could not be had. Whatever else it were: nobody gets in by it.
      return refuse('unavailable', 'no_keys', { retryAfter: 5 })
    }
    if ('fault' in signature) return refuse('invalid', signature.fault)
    const principal = principalOf(name, payload, issuer)
    if (!principal) return refuse('invalid', 'bad_claims')
    const { generation } = signature
    if (generation === issuer.keys.generation) {
      cache.set(key, { principal, issuer, generation }, expiryMs(payload, issuer))
    }
    return accept(principal)
  }

  return scheme(name, 'jwt', options.scopes ?? ({} as Record<S, string>), {
    realm,
    header: 'Authorization',
    reporter: reports,
    authenticate,
    challenge: (error?: ChallengeError) =>
      `Bearer realm="${realm}"` +
      (error ? `, error="${error.error}"` : '') +
      (error?.scope === undefined ? '' : `, scope="${error.scope}"`),
    async shutdown() {
      cache.clear()
      await Promise.all([...issuers.values()].map(({ keys }) => keys.shutdown()))
    },
  })
}

function tokenFault({ header, payload }: TokenParts, issuer: Issuer): string | undefined {
  if (!issuer.algorithms.includes(header['alg'] as string)) return 'alg_not_allowed'
  const typ = (header['typ'] as string | undefined)?.toLowerCase()
  if (issuer.typ === 'at+jwt' && typ !== 'at+jwt' && typ !== 'application/at+jwt')
    return 'wrong_typ'
  return claimFault(payload, issuer.rules, Date.now() / 1000)
}

// `exp` was checked to be a number.
const expiryMs = (payload: TokenParts['payload'], { rules }: Issuer) =>
  ((payload['exp'] as number) + rules.tolerance) * 1000

function principalOf(
  name: string,
  payload: TokenParts['payload'],
  issuer: Issuer,
): Principal | undefined {
  const scopes = scopesOf(payload, issuer.scopeClaims)
  if (!scopes) return undefined
  try {
    return Object.freeze({
      scheme: name,
      subject: payload['sub'] as string,
      scopes,
      claims: frozenCopy(payload),
    })
  } catch {
    return undefined
  }
}
