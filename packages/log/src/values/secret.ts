const brand: unique symbol = Symbol.for('@clew/secret/v1') as never

/**
 * Whether a value is marked as a secret, by its class or by hand. Throws what a getter or a proxy
 * throws.
 */
export function isSecret(value: object): boolean {
  return (value as { readonly [brand]?: unknown })[brand] !== undefined
}
