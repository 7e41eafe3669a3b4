import { isRoca } from './roca.ts'

/** A public key in JSON form (RFC 7517). */
export interface Jwk {
  readonly kty: string
  readonly kid?: string
  readonly [member: string]: unknown
}

export interface KeySet {
  readonly keys: readonly Jwk[]
  /** Keys that are left out since something is wrong with them, each with the reason. */
  readonly skipped: readonly string[]
  /** Keys that are left out since they are for something else, such as encryption. */
  readonly foreign: readonly string[]
}

const curves: Readonly<Record<string, readonly string[]>> = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519'],
}

const foreignFaults = ['not for signatures', 'not for verification']

/**
 * The keys of a set that may verify signatures. A bad key is left out; the others stay. Keys may
 * share a kid, such as one for each algorithm: whichever verifies a signature is right.
 *
 * @throws Error if no key is left, or if the document is not a key set
 */
export function cleanKeys(document: unknown, maxKeys = 64): KeySet {
  const list = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) throw new Error('not a key set: "keys" is not an array')
  const keys = new Map<string, Jwk>()
  const skipped: string[] = []
  const foreign: string[] = []
  for (const [index, key] of list.entries()) {
    // What is checked of a key costs something.
    if (keys.size === maxKeys || skipped.length === maxKeys) {
      skipped.push(`keys[${index}] and those after it: more than ${maxKeys} keys`)
      break
    }
    const fault = keyFault(key)
    if (fault === undefined) keys.set(identityOf(key), key)
    else (foreignFaults.includes(fault) ? foreign : skipped).push(`keys[${index}]: ${fault}`)
  }
  if (keys.size === 0) throw new Error('no usable key')
  return { keys: [...keys.values()], skipped, foreign }
}

/** The same for a key that is in the set twice. */
const identityOf = (key: Jwk): string =>
  JSON.stringify(['kid', 'alg', 'kty', 'crv', 'n', 'e', 'x', 'y'].map((name) => key[name] ?? null))

/** Why a key may not verify signatures; undefined if it may. */
export function keyFault(key: Jwk | null): string | undefined {
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
  if (/^(RSA-OAEP|RSA1_5|ECDH-ES|A\d|dir$)/.test(key['alg'] ?? '')) return 'not for signatures'
  if (key.kty === 'RSA') return rsaFault(key)
  return Object.hasOwn(curves, key.kty) && curves[key.kty]?.includes(String(key['crv']))
    ? undefined
    : 'unknown type or curve'
}

function rsaFault({ n, e }: Jwk): string | undefined {
  if (typeof n !== 'string' || typeof e !== 'string') return 'bad RSA key'
  const bits = bitLength(n)
  if (bits < 2048 || bits > 8192) return 'RSA key of fewer than 2048 or more than 8192 bits'
  if (isRoca(Buffer.from(n, 'base64url'))) return 'RSA key that can be factored (ROCA)'
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
