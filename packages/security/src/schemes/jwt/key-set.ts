/** A public key in JSON form (RFC 7517). */
export interface Jwk {
  readonly kty: string
  readonly kid?: string
  readonly [member: string]: unknown
}

export interface KeySet {
  readonly keys: readonly Jwk[]
  /** The keys that were left out, each with the reason. */
  readonly skipped: readonly string[]
}

const curves: Readonly<Record<string, readonly string[]>> = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519'],
}

/**
 * The keys of a set that may verify signatures. A bad key is left out; the others stay.
 *
 * @throws Error if no key is left, or if the document is not a key set
 */
export function cleanKeys(document: unknown, maxKeys = 64): KeySet {
  const list = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) throw new Error('not a key set: "keys" is not an array')
  if (list.length > maxKeys) throw new Error(`more than ${maxKeys} keys`)
  const skipped: string[] = []
  const keys = list.filter((key, index): key is Jwk => {
    const fault = keyFault(key)
    if (fault) skipped.push(`keys[${index}]: ${fault}`)
    return fault === undefined
  })
  const seen = new Map<string, number>()
  for (const { kid } of keys) if (kid !== undefined) seen.set(kid, (seen.get(kid) ?? 0) + 1)
  const unique = keys.filter(({ kid }) => kid === undefined || seen.get(kid) === 1)
  if (unique.length < keys.length) skipped.push('keys that share a kid')
  if (unique.length === 0) throw new Error('no usable key')
  return { keys: unique, skipped }
}

function keyFault(key: Jwk | null): string | undefined {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return 'not an object'
  if (key.kid !== undefined && (typeof key.kid !== 'string' || key.kid.length > 256)) {
    return 'bad kid'
  }
  if (key['d'] !== undefined || key['k'] !== undefined) return 'private or secret key'
  if (key['use'] !== undefined && key['use'] !== 'sig') return 'not for signatures'
  const operations = key['key_ops']
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'not for verification'
  }
  if (key['alg'] !== undefined && typeof key['alg'] !== 'string') return 'bad alg'
  if (key.kty === 'RSA') return rsaFault(key)
  return Object.hasOwn(curves, key.kty) && curves[key.kty]?.includes(String(key['crv']))
    ? undefined
    : 'unknown type or curve'
}

function rsaFault({ n, e }: Jwk): string | undefined {
  if (typeof n !== 'string' || typeof e !== 'string') return 'bad RSA key'
  const bits = bitLength(n)
  if (bits < 2048 || bits > 8192) return 'RSA key of fewer than 2048 or more than 8192 bits'
  const exponent = Buffer.from(e, 'base64url')
  // With e = 1, every signature would be valid.
  return bitLength(e) < 2 || bitLength(e) > 64 || ((exponent.at(-1) ?? 0) & 1) === 0
    ? 'bad RSA exponent'
    : undefined
}

function bitLength(base64url: string): number {
  const bytes = Buffer.from(base64url, 'base64url')
  const start = bytes.findIndex((byte) => byte !== 0)
  return start < 0 ? 0 : (bytes.length - start) * 8 - Math.clz32(bytes[start] ?? 0) + 24
}
