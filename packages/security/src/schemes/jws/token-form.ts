import { isUtf8 } from 'node:buffer'
import { readObject } from './json-object.ts'

/** The two readable parts of a compact JWS. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * Reads a compact JWS (RFC 7515, section 3.1) strictly: three parts, canonical base64url, JSON
 * objects without a member twice. Returns the reason if the token is not one. A lenient parser would
 * give one token many spellings.
 */
export function readToken(token: string): TokenParts | string {
  const parts = compact.exec(token)
  if (!parts) return 'bad_form'
  const [, head = '', body = '', signature = ''] = parts
  if (!isCanonical(head) || !isCanonical(body) || !isCanonical(signature)) return 'bad_encoding'
  const header = objectOf(head)
  const payload = objectOf(body)
  return header && payload ? { header, payload } : 'bad_json'
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

// The unused bits of the last character must be zero (RFC 4648, section 3.5).
function isCanonical(part: string): boolean {
  const rest = part.length % 4
  if (rest === 0) return true
  if (rest === 1) return false
  return alphabet.indexOf(part.charAt(part.length - 1)) % (rest === 2 ? 16 : 4) === 0
}

function objectOf(part: string): TokenParts['header'] | undefined {
  const bytes = Buffer.from(part, 'base64url')
  // Twice as fast as a strict TextDecoder. A byte order mark stays, and is not valid JSON.
  return isUtf8(bytes) ? readObject(bytes.toString()) : undefined
}

/**
 * Why the header is refused whatever the issuer (RFC 8725, sections 3.1, 3.10, 3.11); undefined if
 * it is accepted.
 */
export function headerFault(header: TokenParts['header']): string | undefined {
  if (typeof header['alg'] !== 'string') return 'bad_alg'
  for (const member of ['crit', 'b64', 'zip', 'enc']) {
    if (Object.hasOwn(header, member)) return 'unsupported_header'
  }
  // Keys come from the issuer's key set, never from the token.
  for (const member of ['jku', 'jwk', 'x5u', 'x5c']) {
    if (Object.hasOwn(header, member)) return 'key_in_token'
  }
  const { kid, typ, cty } = header
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) return 'bad_kid'
  if (typ !== undefined && typeof typ !== 'string') return 'bad_typ'
  return cty === undefined ? undefined : 'nested'
}
