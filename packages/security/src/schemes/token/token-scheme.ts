import { hash } from 'node:crypto'
import type { Reporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { type Check, nameOption } from '../../options.ts'
import { chain, type MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, type Refusal } from '../../policy/outcome.ts'
import { type Attempt, buildScheme, type Scheme } from '../../policy/scheme.ts'
import { readKey } from '../api-key/key-format.ts'
import { authorization } from '../authorization.ts'
import { bearerChallenge } from '../bearer-challenge.ts'
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
}

/** A scheme of bearer tokens (RFC 6750), whoever verifies them. */
export function createTokenScheme<N extends string, S extends string, R extends string>(
  name: N,
  { type, check, options, reporter, verifier }: Parts<S, R>,
): TokenScheme<N, S, R> {
  const realm = nameOption(check, 'realm', options.realm ?? name)
  const settings = tokenSettings(check, options as TokenSchemeOptions)
  const { maxTokenBytes, revoked } = settings
  const refuse = createRefuse(name)

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const header = authorization(attempt.req, 'bearer')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    const token = header.value
    if (token.length > maxTokenBytes) return refuse('invalid', 'too_long')
    // Of the whole token, since its parts can be recombined.
    const key = hash('sha256', token, 'base64')
    const known = verifier.known(key)
    if (known) return accept(known)
    // An API key is left to the scheme that knows it.
    if (readKey(token)) return refuse('absent', 'api_key')
    return chain(verifier.verify(token, key, attempt), (found) =>
      isRefusal(found) ? found : accept(found),
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
    reporter,
    authenticate,
    challenge: (error) => bearerChallenge(realm, error),
    shutdown: verifier.shutdown,
  })
  return Object.freeze(Object.assign(scheme, tokenNeeds(scheme, options.roles)))
}

const isRefusal = (found: TokenPrincipal | Refusal): found is Refusal => 'ok' in found
