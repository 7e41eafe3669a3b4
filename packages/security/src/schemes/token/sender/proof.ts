import { hash } from 'node:crypto'
import { type Jwk, keyFault } from '../../jws/key-set.ts'
import { readToken } from '../../jws/token-form.ts'
import { typeOf } from '../../jws/token-kind.ts'
import { isDate } from '../claims.ts'

/** A DPoP proof (RFC 9449, section 4.2), whose signature is not checked yet. */
export interface Proof {
  readonly text: string
  readonly alg: string
  readonly key: Jwk
  /** The thumbprint of the key (RFC 7638), in base64url. */
  readonly thumbprint: string
  readonly jti: string
  readonly method: string
  readonly url: string
  /** Seconds. */
  readonly issuedAt: number
  /** The hash of the access token, if it has one. */
  readonly tokenHash: unknown
  readonly nonce: unknown
}

/** Reads a proof strictly; returns the reason if it is none. */
export function readProof(text: string, algorithms: readonly string[]): Proof | string {
  const parts = readToken(text)
  if (typeof parts === 'string') return 'proof_form'
  const { header, payload } = parts
  if (typeOf(header) !== 'dpop+jwt') return 'proof_typ'
  const { alg, jwk } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return 'proof_alg'
  for (const member of ['crit', 'b64', 'zip', 'enc', 'jku', 'x5u', 'x5c', 'cty']) {
    if (Object.hasOwn(header, member)) return 'proof_header'
  }
  const key = (jwk ?? null) as Jwk | null
  if (key === null || keyFault(key) !== undefined) return 'proof_key'
  const thumbprint = thumbprintOf(key)
  if (thumbprint === undefined) return 'proof_key'
  const { jti, htm, htu, iat, ath, nonce } = payload
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) return 'proof_jti'
  if (typeof htm !== 'string') return 'proof_method'
  if (typeof htu !== 'string' || htu.length > 8_192) return 'proof_url'
  if (!isDate(iat)) return 'proof_date'
  const claims = { jti, method: htm, url: htu, issuedAt: iat, tokenHash: ath, nonce }
  return { text, alg, key, thumbprint, ...claims }
}

// RFC 7638, section 3.2, and RFC 8037, section 2: in this order.
const members: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** RFC 7638; undefined if a member is missing. */
export function thumbprintOf(key: Jwk): string | undefined {
  const required: Record<string, string> = {}
  for (const name of members[key.kty] ?? []) {
    const value = key[name]
    if (typeof value !== 'string') return undefined
    required[name] = value
  }
  return hash('sha256', JSON.stringify(required), 'base64url')
}
