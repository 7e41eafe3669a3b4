import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { SecurityErrorCode } from '../errors.ts'
import { optionCheck } from '../options.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { Outcome, Refusal } from './outcome.ts'
import type { NoPlace, Place } from './place.ts'
import type { AnyPrincipal, Principal, Proof } from './principal.ts'
import type { RequestLike } from './request.ts'

/** One request that is being checked against a policy. */
export interface Attempt {
  readonly req: RequestLike
  /** The refusals so far. */
  readonly refusals: Refusal[]
  /** Whom the request comes from, as far as sharing is concerned: an address, for IPv6 a /64. */
  readonly lane: string
  /** Whether the client has left, so that nobody waits for the response. */
  isGone(): boolean
  /**
   * A place for one check that might turn out to be a wrong guess; schemes ask for it before
   * anything costly, and settle it afterwards.
   *
   * @param user - whose password is guessed: a hash
   */
  reserve(user?: string): MaybePromise<Place | NoPlace>
}

/** Why a challenge is sent. */
export interface ChallengeError {
  readonly error: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  readonly scope?: string
}

/** What a scheme can do besides being a policy. For this package only. */
export interface SchemeInternals {
  readonly realm: string
  /** The header that the scheme reads, spelt as a client may see it. */
  readonly header: string
  /** Another one in which the credential may be instead. */
  readonly otherHeader?: string | undefined
  /** Its credential may be a bearer token, whose challenges say what is wrong (RFC 6750). */
  readonly isBearer?: boolean
  readonly reporter: Reporter
  authenticate(attempt: Attempt): MaybePromise<Outcome>
  challenge(error?: ChallengeError): string | readonly string[]
  shutdown(): Promise<void>
}

/** The headers in which the credential may be. */
export function headersOf({ header, otherHeader }: SchemeInternals): readonly string[] {
  return otherHeader === undefined ? [header] : [header, otherHeader]
}

/** A scheme, and the scopes that a request needs. Made by `scheme.scopes(...)`. */
export interface SchemePolicy<P extends AnyPrincipal = Principal> extends Proof<readonly [P]> {
  readonly kind: 'scheme'
  readonly scheme: Scheme
  /** All of them are needed. */
  readonly required: readonly string[]
}

/**
 * A way to authenticate. It is itself a policy: any valid credential, whatever its scopes.
 *
 * @typeParam S - the declared scopes
 * @typeParam P - whom it establishes
 */
export interface Scheme<S extends string = string, P extends AnyPrincipal = Principal>
  extends SchemePolicy<P> {
  readonly name: string
  readonly type: 'basic' | 'apiKey' | 'jwt' | 'scheme'
  /** The declared scopes, with their descriptions. */
  readonly declared: Readonly<Record<S, string>>
  /**
   * The policy that requires all of these scopes.
   *
   * @throws TypeError `ERR_SECURITY_SCOPE` for an empty list, and for a scope that the scheme does
   *   not declare
   */
  scopes(...scopes: readonly [S, ...S[]]): SchemePolicy<P>
  /** @internal */
  readonly internals: SchemeInternals
}

/** @param type - also the name of the public function that creates the scheme */
export function createScheme<S extends string, P extends AnyPrincipal>(
  name: string,
  type: Scheme['type'],
  declared: Readonly<Record<S, string>> | undefined,
  internals: SchemeInternals,
): Scheme<S, P> {
  const descriptions = Object.freeze(scopesOption(`security.${type}`, declared))
  const scheme: { -readonly [K in keyof Scheme<S, P>]: Scheme<S, P>[K] } = {
    kind: 'scheme',
    name,
    type,
    declared: descriptions,
    required: Object.freeze([]),
    // Replaced below: a scheme is its own policy.
    scheme: undefined as never,
    scopes(...scopes) {
      for (const [index, scope] of scopes.entries()) {
        if (!Object.hasOwn(descriptions, scope)) {
          throw scopeMistake(name, `scopes[${index}]`, show(scope), descriptions)
        }
      }
      if (scopes.length < 1) throw scopeMistake(name, 'scopes[0]', 'none', descriptions)
      return Object.freeze({
        kind: 'scheme',
        scheme: scheme as unknown as Scheme,
        required: Object.freeze([...new Set(scopes)]),
      })
    },
    internals,
  }
  scheme.scheme = scheme as unknown as Scheme
  Object.defineProperty(scheme, 'internals', { enumerable: false })
  return Object.freeze(scheme)
}

const expectedName =
  '1 to 128 printable ASCII characters without spaces, quotes and backslashes (RFC 6749, section 3.3)'

function scopesOption<S extends string>(
  caller: string,
  scopes: Readonly<Record<S, string>> | undefined,
): Record<S, string> {
  const check = optionCheck(caller)
  const declared = { ...check.object('scopes', scopes ?? ({} as Record<S, string>)) }
  for (const [scope, description] of Object.entries(declared)) {
    // RFC 6749, section 3.3: scope-token
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope)) {
      throw mistake<SecurityErrorCode>(
        'ERR_SECURITY_SCOPE',
        `${caller}: scopes must have names of ${expectedName}; received ${show(scope)}`,
      )
    }
    if (typeof description !== 'string') {
      throw check.error(`scopes[${show(scope)}]`, 'a string, the description', description)
    }
  }
  return declared
}

function scopeMistake(
  name: string,
  argument: string,
  received: string,
  declared: Readonly<Record<string, string>>,
): TypeError {
  const list = Object.keys(declared).join(', ') || 'none'
  const expected = `a scope that the scheme ${show(name)} declares (${list})`
  return mistake<SecurityErrorCode>(
    'ERR_SECURITY_SCOPE',
    `scheme.scopes: ${argument} must be ${expected}; received ${received}`,
  )
}
