import { shown } from './check.ts'
import type { ClaimRules } from './claims.ts'
import { mistake } from './errors.ts'
import type { Jwk } from './key-hygiene.ts'
import {
  fixedKeys,
  type KeySource,
  noKeys,
  type RemoteKeysOptions,
  remoteKeys,
} from './remote-keys.ts'
import type { Reporter } from './report.ts'

/** Algorithms with a public key. */
export type JwtAlgorithm =
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

/** Who may issue tokens, for whom, and with which keys. */
export interface JwtIssuer {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string
  /** A token's `aud` must contain one of these, exactly. */
  readonly audience: string | readonly string[]
  /** Where its keys are, or the keys. Either this or `secret`. */
  readonly jwks?: RemoteKeysOptions | { readonly keys: readonly Jwk[] }
  /** A shared secret for HS256, at least 32 bytes: whoever checks tokens can make them, too. */
  readonly secret?: string | Uint8Array
  /** Algorithms it may use. @defaultValue Ed25519, EdDSA, ES256, ES384, PS256, RS256 (with `secret`: HS256) */
  readonly algorithms?: readonly JwtAlgorithm[]
  /** Which `typ` its tokens have: `at+jwt` as RFC 9068 wants, or any. @defaultValue `'any'` */
  readonly typ?: 'at+jwt' | 'any'
  /** Claims that hold scopes, as a string with spaces or a list. @defaultValue `['scope', 'scp']` */
  readonly scopeClaims?: readonly string[]
}

/** One issuer, checked, with its keys. */
export interface Issuer {
  readonly rules: ClaimRules
  readonly algorithms: string[]
  readonly typ: 'at+jwt' | 'any'
  readonly scopeClaims: readonly string[]
  readonly keys: KeySource
  readonly secret: Uint8Array | undefined
}

const asymmetric: readonly JwtAlgorithm[] = ['Ed25519', 'EdDSA', 'ES256', 'ES384', 'PS256', 'RS256']
const known = new Set<string>([...asymmetric, 'ES512', 'PS384', 'PS512', 'RS384', 'RS512'])

/**
 * The issuers of a scheme, by their exact names.
 *
 * @param times - the limits that all of them share, in seconds
 */
export function issuersOf(
  list: readonly JwtIssuer[],
  times: Pick<ClaimRules, 'tolerance' | 'maxLifetime'>,
  reports: Reporter,
): ReadonlyMap<string, Issuer> {
  if (!Array.isArray(list) || list.length === 0) {
    throw mistake('ERR_SECURITY_OPTION', 'issuers must be a list of at least one issuer')
  }
  const issuers = new Map<string, Issuer>()
  for (const given of list as readonly JwtIssuer[]) {
    const { issuer } = given
    if (typeof issuer !== 'string' || issuer === '') {
      throw mistake('ERR_SECURITY_OPTION', `issuer must be a text, got ${shown(issuer)}`)
    }
    if (issuers.has(issuer)) {
      throw mistake('ERR_SECURITY_OPTION', `issuers has ${shown(issuer)} twice`)
    }
    const secret = secretOf(given)
    issuers.set(issuer, {
      rules: { issuer, audiences: audiencesOf(given), ...times },
      algorithms: algorithmsOf(given),
      typ: typOf(given),
      scopeClaims: given.scopeClaims ?? ['scope', 'scp'],
      keys: keysOf(given, reports),
      secret,
    })
  }
  return issuers
}

function keysOf({ issuer, jwks, secret }: JwtIssuer, reports: Reporter): KeySource {
  if ((jwks === undefined) === (secret === undefined)) {
    throw mistake('ERR_SECURITY_OPTION', `issuer ${shown(issuer)} needs either jwks or secret`)
  }
  if (jwks === undefined) return noKeys
  return 'keys' in jwks ? fixedKeys(jwks.keys) : remoteKeys(jwks, reports)
}

function typOf({ issuer, typ = 'any' }: JwtIssuer): 'at+jwt' | 'any' {
  if (typ === 'at+jwt' || typ === 'any') return typ
  throw mistake(
    'ERR_SECURITY_OPTION',
    `typ of issuer ${shown(issuer)} must be 'at+jwt' or 'any', got ${shown(typ)}`,
  )
}

function audiencesOf({ audience, issuer }: JwtIssuer): readonly string[] {
  const list = typeof audience === 'string' ? [audience] : audience
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    !list.every((one) => typeof one === 'string' && one !== '')
  ) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `audience of issuer ${shown(issuer)} must be a text, or a list of texts`,
    )
  }
  return [...list]
}

function algorithmsOf({ algorithms, secret, issuer }: JwtIssuer): string[] {
  if (secret !== undefined) {
    if (algorithms === undefined) return ['HS256']
    throw mistake(
      'ERR_SECURITY_OPTION',
      `issuer ${shown(issuer)}: with secret the algorithm is HS256; leave algorithms out`,
    )
  }
  const list = algorithms ?? asymmetric
  const wrong = list.find((one) => !known.has(one))
  if (list.length === 0 || wrong !== undefined) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `algorithms may hold ${[...known].join(', ')}, got ${wrong === undefined ? 'none' : shown(wrong)}`,
    )
  }
  return [...list]
}

// RFC 7518, section 3.2: a key of the size of the hash output or larger.
function secretOf({ secret, issuer }: JwtIssuer): Uint8Array | undefined {
  if (secret === undefined) return undefined
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : Uint8Array.from(secret)
  if (bytes.length < 32) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `secret of issuer ${shown(issuer)} must have at least 32 bytes, has ${bytes.length}`,
    )
  }
  return bytes
}
