import type { Principal } from '../../policy/principal.ts'

/**
 * Who sends a request with a token. Frozen.
 *
 * @typeParam N - the name of the scheme
 */
export interface TokenPrincipal<N extends string = string> extends Principal<N> {
  /** The roles that the token grants, whether the scheme declares them or not. */
  readonly roles: readonly string[]
}
