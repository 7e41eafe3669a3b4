/** Who sends the request, as established by one scheme. Frozen. */
export interface Principal {
  /** Name of the scheme that accepted the credential. */
  readonly scheme: string
  /** The user of Basic, the owner of an API key, the `sub` of a JWT. */
  readonly subject: string
  /** What the credential may do: the granted scopes, whether the scheme declares them or not. */
  readonly scopes: readonly string[]
  /**
   * The claims of a JWT, or those that `verify` returned; frozen at every level and without
   * prototypes.
   */
  readonly claims: Readonly<Record<string, unknown>>
}
