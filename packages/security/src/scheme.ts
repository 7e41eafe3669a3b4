import type { IncomingMessage } from 'node:http'
import { shown } from './check.ts'
import { mistake } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Reporter } from './report.ts'

/** Why a request was not let in, in the order in which answers are chosen: the last one wins. */
export type Fault = 'absent' | 'invalid' | 'forbidden' | 'unavailable' | 'limited' | 'malformed'

export interface Refusal {
  readonly ok: false
  readonly fault: Fault
  /** For reports only, never for the client. One of a small set. */
  readonly reason: string
  readonly scheme?: string
  /** Seconds, with `limited` and `unavailable`. */
  readonly retryAfter?: number
  /** What failures are counted under, besides the address: never the secret itself. */
  readonly credential?: string
  /** The scopes that are missing, with `forbidden`. */
  readonly missing?: readonly string[]
}

export interface Accepted {
  readonly ok: true
  readonly principals: readonly Principal[]
}

export type Outcome = Accepted | Refusal
export type MaybePromise<T> = T | Promise<T>

/** True for promises of another realm, too. */
export function isPromise<T>(value: T): value is Extract<T, Promise<unknown>> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** One request on its way through a policy. */
export interface Attempt {
  readonly req: IncomingMessage
  /** Seconds until this address (or this credential) may try again; undefined: now. Asked before anything costly. */
  blocked(credential?: string): number | undefined
}

/** Why a challenge is sent. */
export interface ChallengeError {
  readonly error: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  readonly scope?: string
}

/** What a scheme can do besides being a policy. For this package only. */
export interface SchemeInternals {
  readonly realm: string
  /** The header that the scheme reads, as a client may see it. */
  readonly header: string
  readonly reporter: Reporter
  authenticate(attempt: Attempt): MaybePromise<Outcome>
  challenge(error?: ChallengeError): string
  shutdown(): Promise<void>
}

/** A scheme, and the scopes a request needs. Made by `scheme.scopes(...)`. */
export interface SchemePolicy {
  readonly kind: 'scheme'
  readonly scheme: Scheme
  /** All of them are needed. */
  readonly required: readonly string[]
}

/**
 * A way to authenticate. It is a policy itself: any valid credential, whatever its scopes.
 *
 * @typeParam S - the declared scopes
 */
export interface Scheme<S extends string = string> extends SchemePolicy {
  readonly name: string
  readonly type: 'basic' | 'apiKey' | 'jwt'
  /** The declared scopes, with their descriptions. */
  readonly declared: Readonly<Record<S, string>>
  /**
   * The policy that needs all these scopes.
   *
   * @throws TypeError `ERR_SECURITY_SCOPE` for none at all, and for one that the scheme does not declare
   */
  scopes(...scopes: readonly [S, ...S[]]): SchemePolicy
  /** @internal */
  readonly internals: SchemeInternals
}

export function scheme<S extends string>(
  name: string,
  type: Scheme['type'],
  declared: Readonly<Record<S, string>>,
  internals: SchemeInternals,
): Scheme<S> {
  for (const scope of Object.keys(declared)) {
    // RFC 6749, section 3.3: scope-token
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope)) {
      throw mistake(
        'ERR_SECURITY_SCOPE',
        `${name}: ${shown(scope)} is not a scope (RFC 6749, section 3.3)`,
      )
    }
  }
  const made: { -readonly [K in keyof Scheme<S>]: Scheme<S>[K] } = {
    kind: 'scheme',
    name,
    type,
    declared: Object.freeze({ ...declared }),
    required: Object.freeze([]),
    // Replaced below: a scheme is its own policy.
    scheme: undefined as never,
    scopes(...scopes) {
      if (scopes.length < 1)
        throw mistake('ERR_SECURITY_SCOPE', `${name}.scopes() needs at least one scope`)
      for (const scope of scopes) {
        if (!Object.hasOwn(declared, scope)) {
          throw mistake(
            'ERR_SECURITY_SCOPE',
            `${name} does not declare the scope ${shown(scope)}; declared: ${Object.keys(declared).join(', ') || 'none'}`,
          )
        }
      }
      return Object.freeze({
        kind: 'scheme',
        scheme: made as unknown as Scheme,
        required: Object.freeze([...new Set(scopes)]),
      })
    },
    internals,
  }
  made.scheme = made as unknown as Scheme
  Object.defineProperty(made, 'internals', { enumerable: false })
  return Object.freeze(made)
}
