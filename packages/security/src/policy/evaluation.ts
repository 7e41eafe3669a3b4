import { isCrossSite } from './cross-site.ts'
import { chain, type MaybePromise } from './maybe-promise.ts'
import { type Outcome, type Refusal, worst } from './outcome.ts'
import type { AllOf, AnyOf, NoSecurity, Policy } from './policy.ts'
import type { Principals } from './principal.ts'
import type { Attempt, Scheme, SchemePolicy } from './scheme.ts'

/**
 * Checks one request against a policy. Every refusal is added to `attempt.refusals`, since the
 * response names every alternative. Synchronous as long as the schemes are.
 */
export function evaluate(
  policy: Exclude<Policy, NoSecurity>,
  attempt: Attempt,
): MaybePromise<Outcome> {
  if (policy.kind === 'scheme') {
    return chain(policy.scheme.internals.authenticate(attempt), (outcome) =>
      record(withNeeds(policy, sameSite(policy, outcome, attempt)), attempt),
    )
  }
  return policy.kind === 'anyOf'
    ? firstOf(policy.policies, 0, attempt)
    : eachOf(policy.policies, 0, attempt, [])
}

function firstOf(
  policies: AnyOf['policies'],
  index: number,
  attempt: Attempt,
): MaybePromise<Outcome> {
  const policy = policies[index]
  if (!policy) return worst(attempt.refusals)
  return chain(evaluate(policy, attempt), (outcome) =>
    outcome.ok || isFinal(outcome) ? outcome : firstOf(policies, index + 1, attempt),
  )
}

function eachOf(
  policies: AllOf['policies'],
  index: number,
  attempt: Attempt,
  principals: Principals,
): MaybePromise<Outcome> {
  const policy = policies[index]
  if (!policy) return { ok: true, principals }
  return chain(evaluate(policy, attempt), (outcome) =>
    outcome.ok
      ? eachOf(policies, index + 1, attempt, [...principals, ...outcome.principals])
      : outcome,
  )
}

/** No alternative is tried after this: the request is ambiguous. */
function isFinal({ fault }: Refusal): boolean {
  return fault === 'malformed'
}

/** A cookie proves only whose browser sends the request. */
function sameSite({ scheme }: SchemePolicy, outcome: Outcome, attempt: Attempt): Outcome {
  if (!outcome.ok || scheme.internals.isCookie !== true) return outcome
  if (!isCrossSite(attempt.req, attempt.trustedOrigins)) return outcome
  return { ok: false, fault: 'cross_site', reason: 'cross_site', scheme: scheme.name }
}

/** The outcome, unless the principal may less than the policy asks for. */
function withNeeds(policy: SchemePolicy, outcome: Outcome): Outcome {
  const principal = outcome.ok ? outcome.principals[0] : undefined
  if (!principal) return outcome
  const { scheme, required, requirements } = policy
  for (const scope of required) {
    if (!principal.scopes.includes(scope)) {
      return { ...forbidden(scheme, 'insufficient_scope'), missing: required }
    }
  }
  for (const requirement of requirements) {
    try {
      // What a function of the user returns is not believed: only true is.
      if (requirement.isMet(principal) === true) continue
    } catch {
      return {
        ok: false,
        fault: 'unavailable',
        reason: 'requirement_failed',
        scheme: scheme.name,
        retryAfter: 5,
      }
    }
    return forbidden(scheme, requirement.reason)
  }
  return outcome
}

function forbidden({ name }: Scheme, reason: string): Refusal {
  return { ok: false, fault: 'forbidden', reason, scheme: name }
}

function record(outcome: Outcome, { refusals }: Attempt): Outcome {
  if (!outcome.ok) refusals.push(outcome)
  return outcome
}
