import type { NoPlace } from './place.ts'
import type { Principals } from './principal.ts'

/** Why a request was not let in. If several apply, the last one in this list decides. */
export type Fault =
  | 'absent'
  | 'invalid'
  | 'forbidden'
  | 'cross_site'
  | 'unavailable'
  | 'limited'
  | 'malformed'

/** The error codes of challenges: RFC 6750, section 3.1; RFC 9449, sections 7.1 and 9. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

export interface Refusal {
  readonly ok: false
  readonly fault: Fault
  /** One of a small set. For reports only, never for the client. */
  readonly reason: string
  readonly scheme?: string
  /** Seconds, with `limited` and `unavailable`. */
  readonly retryAfter?: number
  /** The scopes that the policy requires, with `forbidden`. */
  readonly missing?: readonly string[]
  /** With `invalid`. @defaultValue `'invalid_token'` */
  readonly error?: ErrorCode
  /** For the response, with `invalid`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Accepted {
  readonly ok: true
  readonly principals: Principals
}

export type Outcome = Accepted | Refusal

export type Refuse = (
  fault: Fault,
  reason: string,
  more?: Pick<Refusal, 'retryAfter' | 'error' | 'headers'>,
) => Refusal

/** Makes the refusals of one scheme. */
export function createRefuse(scheme: string): Refuse {
  return (fault, reason, more) => ({ ok: false, fault, reason, scheme, ...more })
}

/** Refuses a request for which there is no place. */
export function refuseNoPlace(refuse: Refuse, { reason, retryAfter }: NoPlace): Refusal {
  const fault = reason === 'too_many_failures' ? 'limited' : 'unavailable'
  return refuse(fault, reason, { retryAfter })
}

const order = [
  'absent',
  'invalid',
  'forbidden',
  'cross_site',
  'unavailable',
  'limited',
  'malformed',
] as const

/** The refusal that decides the response. */
export function worst(refusals: readonly Refusal[]): Refusal {
  return refusals.reduce((a, b) => (order.indexOf(b.fault) > order.indexOf(a.fault) ? b : a))
}
