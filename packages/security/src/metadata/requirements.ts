import type { Policy } from '../policy/policy.ts'
import { securitySchemesOf } from './security-schemes.ts'

/** A Security Requirement Object of OpenAPI 3.1: all of these schemes, each with its scopes. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

const maxAlternatives = 64

/** A policy as OpenAPI says it: one of these alternatives is enough. `noSecurity` is an empty list. */
export function requirementsOf(policy: Policy): readonly SecurityRequirement[] {
  switch (policy.kind) {
    case 'noSecurity':
      return []
    case 'scheme':
      return Object.keys(securitySchemesOf(policy.scheme)).map((name) => ({
        [name]: [...policy.required],
      }))
    case 'anyOf':
      return distinct(policy.policies.flatMap(requirementsOf))
    case 'allOf': {
      let all: readonly SecurityRequirement[] = [{}]
      for (const member of policy.policies) {
        const ways = requirementsOf(member)
        all = distinct(all.flatMap((one) => ways.map((other) => merged(one, other))))
      }
      return all
    }
  }
}

function merged(one: SecurityRequirement, other: SecurityRequirement): SecurityRequirement {
  const both: Record<string, readonly string[]> = { ...one }
  for (const [name, scopes] of Object.entries(other)) {
    both[name] = [...new Set([...(both[name] ?? []), ...scopes])]
  }
  return both
}

function distinct(all: readonly SecurityRequirement[]): readonly SecurityRequirement[] {
  const known = new Map(all.map((each) => [JSON.stringify(each), each]))
  return [...known.values()].slice(0, maxAlternatives)
}
