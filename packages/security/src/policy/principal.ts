/**
 * Who sends the request, as established by one scheme. Frozen.
 *
 * @typeParam N - the name of the scheme
 * @typeParam C - the claims
 */
export interface Principal<
  N extends string = string,
  C extends object = Readonly<Record<string, unknown>>,
> {
  /** Name of the scheme that accepted the credential. */
  readonly scheme: N
  /** The user of Basic, the owner of an API key, the `sub` of a JWT. */
  readonly subject: string
  /** What the credential may do: the granted scopes, whether the scheme declares them or not. */
  readonly scopes: readonly string[]
  /**
   * The claims of a JWT, or those that `verify` returned; frozen at every level and without
   * prototypes.
   */
  readonly claims: C
}

declare const principals: unique symbol

/** What has been proved where this lets a request in. For the types only: nothing has it. */
export interface Proof<P extends Principals> {
  readonly [principals]?: P
}

/** Whatever its claims are. */
export type AnyPrincipal = Principal<string, object>

export type Principals = readonly AnyPrincipal[]

/** The principals that a policy or a guard establishes. */
export type PrincipalsOf<T> = T extends { readonly [principals]?: infer P }
  ? Extract<P, Principals>
  : Principals

/** The principals of several policies, one after the other. */
export type AllPrincipalsOf<T extends readonly unknown[]> = T extends readonly [
  infer First,
  ...infer Rest,
]
  ? readonly [...PrincipalsOf<First>, ...AllPrincipalsOf<Rest>]
  : T extends readonly []
    ? readonly []
    : Principals
