import { createReporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { type Check, nameOption, optionCheck } from '../../options.ts'
import { chain, isPromise, type MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, refuseNoPlace } from '../../policy/outcome.ts'
import { isPlace } from '../../policy/place.ts'
import type { Principal } from '../../policy/principal.ts'
import { type Attempt, createScheme, type Scheme } from '../../policy/scheme.ts'
import { frozenCopy } from '../frozen-copy.ts'
import { type SchemeRequest, schemeRequest } from './scheme-request.ts'

/** Whom a scheme of your own has found. */
export interface Identity<C extends object = Readonly<Record<string, unknown>>> {
  readonly subject: string
  /** @defaultValue none */
  readonly scopes?: readonly string[]
  /** Copied and frozen; plain data. @defaultValue none */
  readonly claims?: C
}

export interface SchemeOptions<
  S extends string = string,
  C extends object = Readonly<Record<string, unknown>>,
> {
  /**
   * Who sends the request. Undefined: it has no credential of this kind, so that other alternatives
   * are tried. False: a wrong one, which counts as a failure. If it throws, the response is 503.
   */
  readonly authenticate: (
    request: SchemeRequest,
    context: { readonly signal: AbortSignal },
  ) => Identity<C> | false | undefined | Promise<Identity<C> | false | undefined>
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** Name of the authentication scheme in challenges, such as `Session`. @defaultValue the name */
  readonly challenge?: string
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
  /**
   * The request header that decides, for `Vary`. With `'Cookie'`, and for what browsers send as they
   * do cookies, requests that pages of other sites have made are refused.
   *
   * @defaultValue `'Cookie'`
   */
  readonly header?: string
  /**
   * Longest call of `authenticate`, in milliseconds, before the response is 503 (integer, 10 to
   * 60_000).
   *
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number
}

type Found<C extends object> = Identity<C> | false | undefined

const names = ['authenticate', 'scopes', 'challenge', 'realm', 'header', 'timeoutMs'] as const

/**
 * A scheme of your own: a client certificate, a session. It gets everything that the others have:
 * policies, limits, responses, reports, the audit.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function scheme<
  const N extends string,
  const S extends string = never,
  C extends object = Readonly<Record<string, unknown>>,
>(name: N, options: SchemeOptions<S, C>): Scheme<S, Principal<N, C>> {
  const check = optionCheck('security.scheme')
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  const { header = 'Cookie', timeoutMs = 5_000, authenticate } = given
  if (typeof authenticate !== 'function') {
    throw check.error('authenticate', 'a function', authenticate)
  }
  check.integer('timeoutMs', timeoutMs, { min: 10, max: 60_000 })
  const realm = nameOption(check, 'realm', given.realm ?? name)
  const word = tokenOption(check, 'challenge', given.challenge ?? name.replace(/[^\w-]/g, '-'))
  const refuse = createRefuse(name)

  function judge(found: Found<C>): Outcome {
    if (found === undefined) return refuse('absent', 'no_credential')
    if (found === false) return refuse('invalid', 'wrong_credential')
    const principal = principalOf(name, found)
    return principal === undefined
      ? refuse('unavailable', 'authenticate_failed', { retryAfter: 5 })
      : { ok: true, principals: [principal] }
  }

  function ask(attempt: Attempt): MaybePromise<Outcome> {
    return chain(attempt.reserve(), (place) => {
      if (!isPlace(place)) return refuseNoPlace(refuse, place)
      return chain(call(attempt), (outcome) => {
        place.settle(!outcome.ok && outcome.fault === 'invalid')
        return outcome
      })
    })
  }

  /** Neither throws nor rejects. */
  function call(attempt: Attempt): MaybePromise<Outcome> {
    const signal = AbortSignal.timeout(timeoutMs)
    const failed = () =>
      refuse('unavailable', signal.aborted ? 'authenticate_timed_out' : 'authenticate_failed', {
        retryAfter: 5,
      })
    try {
      const found = authenticate?.(schemeRequest(attempt), { signal })
      if (!isPromise(found)) return judge(found as Found<C>)
      return deadline(async () => found as Promise<Found<C>>, signal).then(judge, failed)
    } catch {
      return failed()
    }
  }

  return createScheme(name, 'scheme', given.scopes, {
    realm,
    header: tokenOption(check, 'header', header),
    isCookie: header.toLowerCase() === 'cookie',
    reporter: createReporter(),
    authenticate: ask,
    challenge: () => `${word} realm="${realm}"`,
    shutdown: () => Promise.resolve(),
  })
}

/** RFC 9110, section 5.6.2 */
function tokenOption(check: Check, option: string, value: unknown): string {
  if (typeof value === 'string' && /^[!#$%&'*+.^_`|~\w-]{1,64}$/.test(value)) return value
  throw check.error(option, '1 to 64 letters, digits and - (an RFC 9110 token)', value)
}

/** Undefined for what is no identity: nobody is let in by mistake. */
function principalOf<N extends string, C extends object>(
  name: N,
  found: Identity<C>,
): Principal<N, C> | undefined {
  try {
    const { subject, scopes = [], claims = {} } = found
    if (typeof subject !== 'string' || subject === '') return undefined
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) {
      return undefined
    }
    return Object.freeze({
      scheme: name,
      subject,
      scopes: Object.freeze([...scopes]),
      claims: frozenCopy({ ...claims }) as C,
    })
  } catch {
    return undefined
  }
}
