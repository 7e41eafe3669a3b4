/** Algorithms with a public key (RFC 7518, RFC 8037, RFC 9864). */
export type PublicKeyAlgorithm =
  | 'Ed25519'
  | 'EdDSA'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'

/** Algorithms with a public key; HS256 with `secret`. */
export type JwtAlgorithm = 'HS256' | PublicKeyAlgorithm

/** Those that are allowed where none are named. */
export const usualAlgorithms: readonly PublicKeyAlgorithm[] = [
  'Ed25519',
  'EdDSA',
  'ES256',
  'ES384',
  'PS256',
  'RS256',
]

export const publicKeyAlgorithms: readonly PublicKeyAlgorithm[] = [
  ...usualAlgorithms,
  'ES512',
  'PS384',
  'PS512',
  'RS384',
  'RS512',
]
