import type { Reporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { type Check, nameOption } from '../../options.ts'
import { chain, type MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, type Refusal } from '../../policy/outcome.ts'
import {
  type Attempt,
  buildScheme,
  type Scheme,
  type SchemeInternals,
} from '../../policy/scheme.ts'
import { readKey } from '../api-key/key-format.ts'
import { authorization } from '../authorization.ts'
import { bearerChallenge, dpopChallenge } from '../token-challenges.ts'
import type { DpopSettings } from './sender/dpop-options.ts'
import { createSender, type Presented } from './sender/sender.ts'
import { keyOf } from './token-key.ts'
import { type TokenNeeds, tokenNeeds } from './token-policy.ts'
import type { TokenPrincipal } from './token-principal.ts'
import {
  type TokenSchemeOptions,
  type TokenSettings,
  tokenSettings,
} from './token-scheme-options.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** A scheme whose credentials are tokens. Its policies can ask for scopes, roles and claims. */
export type TokenScheme<
  N extends string = string,
  S extends string = string,
  R extends string = string,
> = Omit<Scheme<S, TokenPrincipal<N>>, 'scopes'> & TokenNeeds<S, R, TokenPrincipal<N>>

interface Parts<S extends string, R extends string> {
  readonly type: 'jwt' | 'oauth2'
  readonly check: Check
  readonly options: TokenSchemeOptions<S, R>
  readonly reporter: Reporter
  readonly verifier: TokenVerifier
  readonly documentation: SchemeInternals['documentation']
}

/** A scheme of bearer tokens (RFC 6750), whoever verifies them. */
export function createTokenScheme<N extends string, S extends string, R extends string>(
  name: N,
  { type, check, options, reporter, verifier, documentation }: Parts<S, R>,
): TokenScheme<N, S, R> {
  const realm = nameOption(check, 'realm', options.realm ?? name)
  const settings = tokenSettings(check, options as TokenSchemeOptions)
  const { maxTokenBytes, revoked, dpop } = settings
  const refuse = createRefuse(name)
  const sender = createSender(name, settings, reporter)

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    let header = authorization(attempt.req, 'bearer')
    const isDpop = header.kind === 'absent' && dpop !== undefined
    if (isDpop) header = authorization(attempt.req, 'dpop')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    // RFC 6750, section 2: not more than one way in each request.
    if (hasTokenInQuery(attempt.req.url)) return refuse('malformed', 'two_credentials')
    const token = header.value
    if (token.length > maxTokenBytes) return refuse('invalid', 'too_long')
    const key = keyOf(token, attempt.req.socket)
    const known = verifier.known(key)
    if (known) return acceptFrom(attempt, { token, isDpop, principal: known })
    // An API key is left to the scheme that knows it.
    if (readKey(token)) return refuse('absent', 'api_key')
    return chain(verifier.verify(token, key, attempt), (found) =>
      isRefusal(found) ? found : acceptFrom(attempt, { token, isDpop, principal: found }),
    )
  }

  function acceptFrom(attempt: Attempt, presented: Presented): MaybePromise<Outcome> {
    return chain(
      sender.check(attempt, presented),
      (refusal) => refusal ?? accept(presented.principal),
    )
  }

  function accept(principal: TokenPrincipal): MaybePromise<Outcome> {
    return revoked
      ? askRevoked(principal, settings, revoked).then(
          (fault) => fault ?? { ok: true, principals: [principal] },
        )
      : { ok: true, principals: [principal] }
  }

  async function askRevoked(
    principal: TokenPrincipal,
    { revokedTimeoutMs }: TokenSettings,
    ask: NonNullable<TokenSettings['revoked']>,
  ): Promise<Refusal | undefined> {
    const signal = AbortSignal.timeout(revokedTimeoutMs)
    try {
      const isRevoked = await deadline(async () => ask(principal, { signal }), signal)
      return isRevoked === false ? undefined : refuse('invalid', 'revoked')
    } catch {
      const reason = signal.aborted ? 'revocation_timed_out' : 'revocation_failed'
      return refuse('unavailable', reason, { retryAfter: 5 })
    }
  }

  const scheme = buildScheme<S, TokenPrincipal<N>>(name, type, options.scopes, {
    realm,
    header: 'Authorization',
    isBearer: true,
    documentation,
    reporter,
    authenticate,
    challenge: challengesOf(realm, dpop),
    shutdown: verifier.shutdown,
  })
  return Object.freeze(Object.assign(scheme, tokenNeeds(scheme, options.roles)))
}

/** Whether the URL has a token, too (RFC 6750, section 2.3), which is never read. */
const hasTokenInQuery = (url = ''): boolean =>
  url.includes('access_token=') && /[?&]access_token=/.test(url)

const isRefusal = (found: TokenPrincipal | Refusal): found is Refusal => 'ok' in found

/** What a client may send: a bearer token, a token with a proof, or either. */
function challengesOf(realm: string, dpop: DpopSettings | undefined): SchemeInternals['challenge'] {
  if (!dpop) return (error) => bearerChallenge(realm, error)
  const { required, algorithms } = dpop
  return (error) => {
    const withProof = dpopChallenge(realm, algorithms, error)
    if (required) return withProof
    // Its own error codes mean nothing to a bearer token.
    const isOfProofs = error && /dpop/.test(error.error)
    return [bearerChallenge(realm, isOfProofs ? undefined : error), withProof]
  }
}
