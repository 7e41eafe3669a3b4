import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { SecurityErrorCode } from '../errors.ts'
import { optionCheck } from '../options.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { ErrorCode, Outcome, Refusal } from './outcome.ts'
import type { NoPlace, Place } from './place.ts'
import type { AnyPrincipal, Principal, Proof } from './principal.ts'
import type { RequestLike } from './request.ts'
import type { Requirement } from './requirement.ts'

/** One request that is being checked against a policy. */
export interface Attempt {
  readonly req: RequestLike
  /** The refusals so far. */
  readonly refusals: Refusal[]
  /** Whom the request comes from, as far as sharing is concerned: an address, for IPv6 a /64. */
  readonly lane: string
  /** Whose pages may make browsers send their cookies. */
  readonly trustedOrigins: ReadonlySet<string>
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
  readonly error: ErrorCode
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
  /** The name of the cookie. */
  readonly parameter?: string | undefined
  /** Browsers send the credential by themselves, whoever makes them send the request. */
  readonly isCookie?: boolean
  /** The Security Scheme Object of OpenAPI, where the type of the scheme does not say it. */
  readonly documentation?: Readonly<Record<string, unknown>> | undefined
  readonly reporter: Reporter
  authenticate(attempt: Attempt): MaybePromise<Outcome>
  /** @param error - undefined: no credential was sent */
  challenge(error: ChallengeError | undefined, req: RequestLike): string | readonly string[]
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
  /** What is needed besides scopes: all of them. */
  readonly requirements: readonly Requirement[]
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
  readonly type: 'basic' | 'apiKey' | 'jwt' | 'oauth2' | 'scheme'
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
  return Object.freeze(buildScheme<S, P>(name, type, declared, internals))
}

type Building<T> = { -readonly [K in keyof T]: T[K] }

/** A scheme that is not frozen yet, for kinds whose policies can do more. */
export function buildScheme<S extends string, P extends AnyPrincipal>(
  name: string,
  type: Scheme['type'],
  declared: Readonly<Record<S, string>> | undefined,
  internals: SchemeInternals,
): Building<Scheme<S, P>> {
  const descriptions = Object.freeze(namesOption(`security.${type}`, 'scopes', declared))
  const scheme: Building<Scheme<S, P>> = {
    kind: 'scheme',
    name,
    type,
    declared: descriptions,
    required: Object.freeze([]),
    requirements: Object.freeze([]),
    // Replaced below: a scheme is its own policy.
    scheme: undefined as never,
    scopes(...scopes) {
      requireDeclared({ scheme: name, noun: 'scope', declared: descriptions }, scopes)
      return Object.freeze({
        kind: 'scheme',
        scheme: scheme as unknown as Scheme,
        required: Object.freeze([...new Set(scopes)]),
        requirements: scheme.requirements,
      })
    },
    internals,
  }
  scheme.scheme = scheme as unknown as Scheme
  Object.defineProperty(scheme, 'internals', { enumerable: false })
  return scheme
}

const expectedNames = {
  scopes:
    '1 to 128 printable ASCII characters without spaces, quotes and backslashes (RFC 6749, section 3.3)',
  roles: '1 to 128 characters without control characters',
} as const

/** Reads names with their descriptions: of scopes, or of roles. */
export function namesOption<S extends string>(
  caller: string,
  option: 'scopes' | 'roles',
  names: Readonly<Record<S, string>> | undefined,
): Record<S, string> {
  const check = optionCheck(caller)
  const declared = { ...check.object(option, names ?? ({} as Record<S, string>)) }
  for (const [name, description] of Object.entries(declared)) {
    // RFC 6749, section 3.3: scope-token. Roles may have spaces: they are never in a header.
    const pattern =
      option === 'scopes' ? /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/ : /^[^\p{Cc}]{1,128}$/u
    if (!pattern.test(name)) {
      throw mistake<SecurityErrorCode>(
        'ERR_SECURITY_SCOPE',
        `${caller}: ${option} must have names of ${expectedNames[option]}; received ${show(name)}`,
      )
    }
    if (typeof description !== 'string') {
      throw check.error(`${option}[${show(name)}]`, 'a string, the description', description)
    }
  }
  return declared
}

interface Declared {
  /** Name of the scheme. */
  readonly scheme: string
  readonly noun: 'scope' | 'role'
  readonly declared: Readonly<Record<string, string>>
}

/** Refuses names that the scheme does not declare, and an empty list. */
export function requireDeclared(
  { scheme, noun, declared }: Declared,
  names: readonly string[],
): void {
  const mistaken = (index: number, received: string) => {
    const list = Object.keys(declared).join(', ') || 'none'
    const expected = `a ${noun} that the scheme ${show(scheme)} declares (${list})`
    return mistake<SecurityErrorCode>(
      'ERR_SECURITY_SCOPE',
      `scheme.${noun}s: ${noun}s[${index}] must be ${expected}; received ${received}`,
    )
  }
  for (const [index, name] of names.entries()) {
    if (!Object.hasOwn(declared, name)) throw mistaken(index, show(name))
  }
  if (names.length < 1) throw mistaken(0, 'none')
}
