import { visible } from '@clew/internal/errors/show'
import { optionCheck } from '../../options.ts'
import type { AnyPrincipal } from '../../policy/principal.ts'
import type { Requirement } from '../../policy/requirement.ts'
import {
  namesOption,
  requireDeclared,
  type Scheme,
  type SchemePolicy,
} from '../../policy/scheme.ts'
import { type ClaimValues, claimValuesOption, describeClaims, hasClaims } from './claim-values.ts'
import type { TokenPrincipal } from './token-principal.ts'

/** Whether the claims of a token are enough. If it throws, the response is 503. */
export type ClaimsPredicate = (claims: Readonly<Record<string, unknown>>) => boolean

/**
 * What is needed of a token. Each method adds to what is needed.
 *
 * @typeParam S - the declared scopes
 * @typeParam R - the declared roles
 */
export interface TokenPolicy<
  S extends string = string,
  R extends string = string,
  P extends AnyPrincipal = TokenPrincipal,
> extends SchemePolicy<P> {
  /**
   * All of these scopes, too.
   *
   * @throws TypeError `ERR_SECURITY_SCOPE` for an empty list, and for a scope that the scheme does
   *   not declare
   */
  scopes(...scopes: readonly [S, ...S[]]): TokenPolicy<S, R, P>
  /**
   * All of these roles, too.
   *
   * @throws TypeError `ERR_SECURITY_SCOPE` for an empty list, and for a role that the scheme does
   *   not declare
   */
  roles(...roles: readonly [R, ...R[]]): TokenPolicy<S, R, P>
  /**
   * Claims with these values, too: `{ email_verified: true, tier: ['gold', 'platinum'] }`.
   *
   * @throws TypeError `ERR_SECURITY_OPTION` for no claim, and for a value that is not plain
   */
  claims(values: ClaimValues): TokenPolicy<S, R, P>
  /**
   * Claims that are enough for a function, too.
   *
   * @param description - of what it checks, in 1 to 200 characters; the audit shows it
   * @throws TypeError `ERR_SECURITY_OPTION` for a wrong description, and for no function
   */
  claims(description: string, isEnough: ClaimsPredicate): TokenPolicy<S, R, P>
}

type Needs = Pick<SchemePolicy, 'required' | 'requirements'>

/** What adds to the needs of a token: the methods of a scheme, and of its policies. */
export type TokenNeeds<S extends string, R extends string, P extends AnyPrincipal> = Pick<
  TokenPolicy<S, R, P>,
  'scopes' | 'roles' | 'claims'
>

/** The methods of a scheme whose credentials are tokens. */
export function tokenNeeds<S extends string, R extends string, P extends AnyPrincipal>(
  scheme: Scheme<S, P>,
  roles: Readonly<Record<R, string>> | undefined,
): TokenNeeds<S, R, P> {
  const declaredRoles = namesOption(`security.${scheme.type}`, 'roles', roles)

  const needsOf = (needs: Needs): TokenNeeds<S, R, P> => ({
    scopes(...scopes) {
      requireDeclared({ scheme: scheme.name, noun: 'scope', declared: scheme.declared }, scopes)
      return policy({ ...needs, required: [...new Set([...needs.required, ...scopes])] })
    },
    roles(...names) {
      requireDeclared({ scheme: scheme.name, noun: 'role', declared: declaredRoles }, names)
      return policy(withMore(needs, [...new Set(names)].map(roleRequirement)))
    },
    claims(first: string | ClaimValues, isEnough?: ClaimsPredicate) {
      const requirement =
        typeof first === 'string' ? predicate(first, isEnough) : claimsRequirement(first)
      return policy(withMore(needs, [requirement]))
    },
  })

  function policy({ required, requirements }: Needs): TokenPolicy<S, R, P> {
    const needs = {
      required: Object.freeze([...required]),
      requirements: Object.freeze([...requirements]),
    }
    const { scheme: itself } = scheme
    return Object.freeze({ kind: 'scheme', scheme: itself, ...needs, ...needsOf(needs) })
  }

  return needsOf({ required: [], requirements: [] })
}

const withMore = ({ required, requirements }: Needs, more: readonly Requirement[]): Needs => ({
  required,
  requirements: [...requirements, ...more],
})

const roleRequirement = (role: string): Requirement => ({
  text: `role ${role}`,
  reason: 'insufficient_role',
  isMet: (principal) => (principal as TokenPrincipal).roles.includes(role),
})

function claimsRequirement(values: ClaimValues): Requirement {
  const check = optionCheck('scheme.claims')
  const list = claimValuesOption(check, 'values', values)
  if (list.length === 0) throw check.error('values', 'an object of at least one claim', values)
  return {
    text: visible(`claims ${describeClaims(list)}`),
    reason: 'insufficient_claims',
    isMet: ({ claims }) => hasClaims(claims as TokenPrincipal['claims'], list),
  }
}

function predicate(description: string, isEnough: ClaimsPredicate | undefined): Requirement {
  const check = optionCheck('scheme.claims')
  if (description.trim() === '' || description.length > 200) {
    throw check.error('description', 'a string of 1 to 200 characters', description)
  }
  if (typeof isEnough !== 'function') throw check.error('isEnough', 'a function', isEnough)
  return {
    text: visible(`claims ${description}`),
    reason: 'insufficient_claims',
    isMet: ({ claims }) => isEnough(claims as TokenPrincipal['claims']),
  }
}
