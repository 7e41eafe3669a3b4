import type { AnyPrincipal } from './principal.ts'

/** What a policy asks of a principal besides scopes: roles, claims. */
export interface Requirement {
  /** For the audit: `role admin`. */
  readonly text: string
  /** For reports, where it is not met. */
  readonly reason: 'insufficient_role' | 'insufficient_claims'
  /** May throw, which lets nobody in. */
  isMet(principal: AnyPrincipal): boolean
}
