import { chain, type MaybePromise } from './maybe-promise.ts'
import { type Outcome, type Refusal, worst } from './outcome.ts'
import type { AllOf, AnyOf, NoSecurity, Policy } from './policy.ts'
import type { Principals } from './principal.ts'
import type { Attempt, SchemePolicy } from './scheme.ts'

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
      record(withScopes(policy, outcome), attempt),
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

function withScopes(policy: SchemePolicy, outcome: Outcome): Outcome {
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

function record(outcome: Outcome, { refusals }: Attempt): Outcome {
  if (!outcome.ok) refusals.push(outcome)
  return outcome
}
