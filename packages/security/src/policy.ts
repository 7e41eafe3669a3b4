import { shown } from './check.ts'
import { mistake } from './errors.ts'
import type { Principal } from './principal.ts'
import {
  type Attempt,
  isPromise,
  type MaybePromise,
  type Outcome,
  type Refusal,
  type Scheme,
  type SchemePolicy,
} from './scheme.ts'

/** One of these is enough. Made by `anyOf`. */
export interface AnyOf {
  readonly kind: 'anyOf'
  readonly policies: readonly (SchemePolicy | AllOf | AnyOf)[]
}

/** All of these are needed. Made by `allOf`. */
export interface AllOf {
  readonly kind: 'allOf'
  readonly policies: readonly (SchemePolicy | AllOf | AnyOf)[]
}

/** Nothing is asked. Made by `noSecurity`. */
export interface NoSecurity {
  readonly kind: 'noSecurity'
  readonly reason: string
}

/** What a request needs to be let in. */
export type Policy = SchemePolicy | AnyOf | AllOf | NoSecurity

/**
 * One of these is enough; they are tried in this order, and each starts from a clean slate.
 *
 * @throws TypeError `ERR_SECURITY_POLICY` for none, and for `noSecurity` among them
 */
export function anyOf(...policies: readonly Exclude<Policy, NoSecurity>[]): AnyOf {
  return Object.freeze({ kind: 'anyOf', policies: members('anyOf', policies) })
}

/**
 * All of these are needed, each with a credential of its own.
 *
 * @throws TypeError `ERR_SECURITY_POLICY` for none, and for `noSecurity` among them
 */
export function allOf(...policies: readonly Exclude<Policy, NoSecurity>[]): AllOf {
  return Object.freeze({ kind: 'allOf', policies: members('allOf', policies) })
}

/**
 * Everybody is let in, on purpose.
 *
 * @param reason - why; stands in the audit, 1 to 200 characters
 * @throws TypeError `ERR_SECURITY_POLICY` without a reason
 */
export function noSecurity(reason: string): NoSecurity {
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 200) {
    throw mistake(
      'ERR_SECURITY_POLICY',
      `noSecurity needs a reason of 1 to 200 characters, got ${shown(reason)}`,
    )
  }
  return Object.freeze({ kind: 'noSecurity', reason })
}

function members(
  name: string,
  policies: readonly Exclude<Policy, NoSecurity>[],
): readonly Exclude<Policy, NoSecurity>[] {
  if (policies.length === 0) {
    throw mistake(
      'ERR_SECURITY_POLICY',
      `${name}() without a policy would be met by everybody or by nobody`,
    )
  }
  for (const policy of policies as readonly Policy[]) {
    checkPolicy(name, policy)
    if (policy.kind === 'noSecurity') {
      throw mistake(
        'ERR_SECURITY_POLICY',
        `${name} with noSecurity would silently cancel the others`,
      )
    }
  }
  return Object.freeze([...policies])
}

/** Whoever comes without types gets a clear word, too. */
export function checkPolicy(where: string, policy: unknown): asserts policy is Policy {
  const kind = (policy as Policy | undefined | null)?.kind
  if (kind === 'scheme' || kind === 'anyOf' || kind === 'allOf' || kind === 'noSecurity') return
  throw mistake(
    'ERR_SECURITY_POLICY',
    `${where} needs a policy (a scheme, scheme.scopes(), anyOf, allOf or noSecurity), got ${shown(policy)}`,
  )
}

/** Each scheme of a policy once, in the order of declaration. */
export function schemesOf(policy: Policy, found: Set<Scheme> = new Set()): Set<Scheme> {
  if (policy.kind === 'scheme') found.add(policy.scheme)
  else if (policy.kind !== 'noSecurity')
    for (const member of policy.policies) schemesOf(member, found)
  return found
}

/** A policy in words: `anyOf(api_key, allOf(basic, jwt[api:write]))`. */
export function describePolicy(policy: Policy): string {
  switch (policy.kind) {
    case 'scheme':
      return (
        policy.scheme.name + (policy.required.length > 0 ? `[${policy.required.join(' ')}]` : '')
      )
    case 'noSecurity':
      return `noSecurity(${policy.reason})`
    case 'anyOf':
    case 'allOf':
      return `${policy.kind}(${policy.policies.map(describePolicy).join(', ')})`
  }
}

const order = ['absent', 'invalid', 'forbidden', 'unavailable', 'limited', 'malformed'] as const

/** The refusal that decides the answer. */
export function worst(refusals: readonly Refusal[]): Refusal {
  return refusals.reduce((a, b) => (order.indexOf(b.fault) > order.indexOf(a.fault) ? b : a))
}

// These two end a request at once: it is ambiguous, or its sender has tried too often.
const terminal = (refusal: Refusal) => refusal.fault === 'malformed' || refusal.fault === 'limited'

/**
 * Asks a policy. All refusals are collected, since the answer names every alternative; stays synchronous as long as the
 * schemes do.
 */
export function evaluate(
  policy: Exclude<Policy, NoSecurity>,
  attempt: Attempt,
  refusals: Refusal[],
): MaybePromise<Outcome> {
  if (policy.kind === 'scheme') {
    return then(policy.scheme.internals.authenticate(attempt), (outcome) =>
      note(enoughScopes(policy, outcome), refusals),
    )
  }
  return policy.kind === 'anyOf'
    ? first(policy.policies, 0, attempt, refusals)
    : every(policy.policies, 0, attempt, refusals, [])
}

function first(
  policies: AnyOf['policies'],
  index: number,
  attempt: Attempt,
  refusals: Refusal[],
): MaybePromise<Outcome> {
  const policy = policies[index]
  if (!policy) return worst(refusals)
  return then(evaluate(policy, attempt, refusals), (outcome) =>
    outcome.ok || terminal(outcome) ? outcome : first(policies, index + 1, attempt, refusals),
  )
}

function every(
  policies: AllOf['policies'],
  index: number,
  attempt: Attempt,
  refusals: Refusal[],
  principals: readonly Principal[],
): MaybePromise<Outcome> {
  const policy = policies[index]
  if (!policy) return { ok: true, principals }
  return then(evaluate(policy, attempt, refusals), (outcome) =>
    outcome.ok
      ? every(policies, index + 1, attempt, refusals, [...principals, ...outcome.principals])
      : outcome,
  )
}

function enoughScopes(policy: SchemePolicy, outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome
  for (const scope of policy.required) {
    if (!outcome.principals[0]?.scopes.includes(scope)) {
      return {
        ok: false,
        fault: 'forbidden',
        reason: 'insufficient_scope',
        scheme: policy.scheme.name,
        missing: policy.required,
      }
    }
  }
  return outcome
}

function note(outcome: Outcome, refusals: Refusal[]): Outcome {
  if (!outcome.ok) refusals.push(outcome)
  return outcome
}

function then<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromise(value) ? (value as Promise<A>).then(next) : next(value as A)
}
