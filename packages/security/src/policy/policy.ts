import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { SecurityErrorCode } from '../errors.ts'
import type { AllPrincipalsOf, Principals, PrincipalsOf, Proof } from './principal.ts'
import { headersOf, type Scheme, type SchemePolicy } from './scheme.ts'

/** One of these is enough. Made by `anyOf`. */
export interface AnyOf<P extends Principals = Principals> extends Proof<P> {
  readonly kind: 'anyOf'
  readonly policies: readonly (SchemePolicy | AllOf | AnyOf)[]
}

/** All of these are needed. Made by `allOf`. */
export interface AllOf<P extends Principals = Principals> extends Proof<P> {
  readonly kind: 'allOf'
  readonly policies: readonly (SchemePolicy | AllOf | AnyOf)[]
}

/** No credential is needed. Made by `noSecurity`. */
export interface NoSecurity extends Proof<readonly []> {
  readonly kind: 'noSecurity'
  readonly reason: string
}

/** A policy that asks for a credential. */
export type CredentialPolicy = SchemePolicy | AnyOf | AllOf

/** What a request needs to be let in. */
export type Policy = SchemePolicy | AnyOf | AllOf | NoSecurity

/**
 * One of these is enough. They are tried in this order, and each starts from a clean slate.
 *
 * @throws TypeError `ERR_SECURITY_POLICY` for an empty list, and for `noSecurity` in it
 */
export function anyOf<const T extends readonly [CredentialPolicy, ...CredentialPolicy[]]>(
  ...policies: T
): AnyOf<PrincipalsOf<T[number]>> {
  return Object.freeze({ kind: 'anyOf', policies: membersOf('anyOf', policies) })
}

/**
 * All of these are needed, each with a credential of its own.
 *
 * @throws TypeError `ERR_SECURITY_POLICY` for an empty list, for `noSecurity` in it, and for
 *   policies that no request can meet, such as Basic and a bearer token
 */
export function allOf<const T extends readonly [CredentialPolicy, ...CredentialPolicy[]]>(
  ...policies: T
): AllOf<AllPrincipalsOf<T>> {
  const policy: AllOf<AllPrincipalsOf<T>> = {
    kind: 'allOf',
    policies: membersOf('allOf', policies),
  }
  if (waysOf(policy).length === 0) {
    throw policyMistake(
      'security.allOf: policies',
      'policies that one request can meet',
      `${describePolicy(policy)}, which need two different credentials in one header`,
    )
  }
  return Object.freeze(policy)
}

/**
 * Everybody is let in, on purpose.
 *
 * @param reason - why, in 1 to 200 characters; the audit shows it
 * @throws TypeError `ERR_SECURITY_POLICY` without a reason
 */
export function noSecurity(reason: string): NoSecurity {
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 200) {
    throw policyMistake(
      'security.noSecurity: reason',
      'a string of 1 to 200 characters, why everybody is let in',
      show(reason),
    )
  }
  return Object.freeze({ kind: 'noSecurity', reason })
}

function membersOf(
  kind: 'anyOf' | 'allOf',
  policies: readonly Exclude<Policy, NoSecurity>[],
): readonly Exclude<Policy, NoSecurity>[] {
  // An empty anyOf would deny everybody; an empty allOf would let everybody in.
  if (policies.length === 0) {
    throw policyMistake(`security.${kind}: policies`, 'at least one policy', 'none')
  }
  for (const [index, policy] of (policies as readonly Policy[]).entries()) {
    const argument = `security.${kind}: policies[${index}]`
    checkPolicy(argument, policy)
    if (policy.kind === 'noSecurity') {
      throw policyMistake(
        argument,
        'a policy that asks for a credential',
        'noSecurity, which would cancel the others',
      )
    }
  }
  return Object.freeze([...policies])
}

/**
 * A clear error for callers that do not use TypeScript.
 *
 * @param where - the function and its argument: `security.create: default`
 */
export function checkPolicy(where: string, policy: unknown): asserts policy is Policy {
  const kind = (policy as Policy | undefined | null)?.kind
  if (kind === 'scheme' || kind === 'anyOf' || kind === 'allOf' || kind === 'noSecurity') return
  throw policyMistake(
    where,
    'a policy (a scheme, scheme.scopes(…), anyOf, allOf or noSecurity)',
    show(policy),
  )
}

/** One way to meet a policy: what each header contains, by name. */
type Way = ReadonlyMap<string, string>

const maxWays = 64

const knownWays = new WeakMap<Policy, readonly Way[]>()

/** The ways to meet a policy, or so many of them; none if it cannot be met. */
function waysOf(policy: Exclude<Policy, NoSecurity>): readonly Way[] {
  let ways = knownWays.get(policy)
  if (!ways) {
    ways = findWays(policy)
    knownWays.set(policy, ways)
  }
  return ways
}

function findWays(policy: Exclude<Policy, NoSecurity>): readonly Way[] {
  if (policy.kind === 'scheme') {
    const { internals, type, name } = policy.scheme
    // Cookies are many in one header.
    if (internals.isCookie) return [new Map([[`cookie ${name}`, type]])]
    return headersOf(internals).map((header) => new Map([[header.toLowerCase(), type]]))
  }
  const members = policy.policies.map(waysOf)
  if (policy.kind === 'anyOf') return distinct(members.flat())
  let all: readonly Way[] = [new Map()]
  for (const ways of members) {
    all = distinct(all.flatMap((way) => ways.flatMap((other) => merged(way, other))))
  }
  return all
}

/** Without repetitions: schemes are few, so that the ways are. */
function distinct(ways: readonly Way[]): readonly Way[] {
  const known = new Map(ways.map((way) => [JSON.stringify([...way].sort()), way]))
  return [...known.values()].slice(0, maxWays)
}

/** Both at once; none if they need different things in one header. */
function merged(one: Way, other: Way): readonly Way[] {
  for (const [header, credential] of other) {
    if ((one.get(header) ?? credential) !== credential) return []
  }
  return [new Map([...one, ...other])]
}

function policyMistake(where: string, expected: string, received: string): TypeError {
  return mistake<SecurityErrorCode>(
    'ERR_SECURITY_POLICY',
    `${where} must be ${expected}; received ${received}`,
  )
}

/** Each scheme of a policy once, in the order of declaration. */
export function schemesOf(policy: Policy, found: Set<Scheme> = new Set()): Set<Scheme> {
  if (policy.kind === 'scheme') found.add(policy.scheme)
  else if (policy.kind !== 'noSecurity')
    for (const member of policy.policies) schemesOf(member, found)
  return found
}

/** What a credential needs: `[api:read api:write; role admin]`. */
function describeNeeds({ required, requirements }: SchemePolicy): string {
  const needs = requirements.map(({ text }) => text)
  if (required.length > 0) needs.unshift(required.join(' '))
  return needs.length > 0 ? `[${needs.join('; ')}]` : ''
}

/** A policy in words: `anyOf(api_key, allOf(basic, jwt[api:write]))`. */
export function describePolicy(policy: Policy): string {
  switch (policy.kind) {
    case 'scheme':
      return policy.scheme.name + describeNeeds(policy)
    case 'noSecurity':
      return `noSecurity(${policy.reason})`
    case 'anyOf':
    case 'allOf':
      return `${policy.kind}(${policy.policies.map(describePolicy).join(', ')})`
  }
}
