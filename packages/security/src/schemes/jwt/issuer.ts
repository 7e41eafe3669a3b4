import { types } from 'node:util'
import type { Reporter } from '@clew/internal/reports/reporter'
import { type Check, requireOneOf } from '../../options.ts'
import type { ClaimRules } from './claims.ts'
import type { Jwk } from './key-set.ts'
import { fixedKeysOption, type KeySource, noKeys } from './key-source.ts'
import { type RemoteKeysOptions, remoteKeysNames, remoteKeysOption } from './remote-keys.ts'

/** Algorithms with a public key; HS256 with `secret`. */
export type JwtAlgorithm =
  | 'HS256'
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
  /** Where its public keys are, or the keys. Either this or `secret`. */
  readonly jwks?: RemoteKeysOptions | { readonly keys: readonly Jwk[] }
  /** A shared secret for HS256, at least 32 bytes. Whoever verifies tokens can also issue them. */
  readonly secret?: string | Uint8Array
  /**
   * Algorithms it may use.
   *
   * @defaultValue Ed25519, EdDSA, ES256, ES384, PS256, RS256 (with `secret`: HS256)
   */
  readonly algorithms?: readonly JwtAlgorithm[]
  /**
   * Which tokens of it are for access. `'at+jwt'`: only those with this `typ`, as RFC 9068
   * requires. `'access'`: those without a `typ` or with `JWT`, too, unless they are an ID token, a
   * refresh, logout or event token, or a proof, by their claims. `'any'`: all, whatever they are
   * for.
   *
   * @defaultValue `'access'`
   */
  readonly typ?: 'at+jwt' | 'access' | 'any'
  /**
   * Claims that contain scopes, as a string with spaces or an array.
   *
   * @defaultValue `['scope', 'scp']`
   */
  readonly scopeClaims?: readonly string[]
}

/** One issuer, checked, with its keys. */
export interface Issuer {
  readonly rules: ClaimRules
  readonly algorithms: string[]
  readonly typ: 'at+jwt' | 'access' | 'any'
  readonly scopeClaims: readonly string[]
  readonly keys: KeySource
  readonly secret: Uint8Array | undefined
}

const defaultAlgorithms = ['Ed25519', 'EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'] as const
const algorithms = [...defaultAlgorithms, 'ES512', 'PS384', 'PS512', 'RS384', 'RS512'] as const

const names = ['issuer', 'audience', 'jwks', 'secret', 'algorithms', 'typ', 'scopeClaims'] as const

interface Context {
  readonly check: Check
  /** The limits that all issuers share, in seconds. */
  readonly times: Pick<ClaimRules, 'tolerance' | 'maxLifetime'>
  readonly reporter: Reporter
}

/** Reads the option `issuers`: the issuers of a scheme by their exact names. */
export function issuersOption(
  list: readonly JwtIssuer[] | undefined,
  context: Context,
): ReadonlyMap<string, Issuer> {
  const { check } = context
  if (!Array.isArray(list) || list.length === 0) {
    throw check.error('issuers', 'an array of at least one issuer', list)
  }
  const issuers = new Map<string, Issuer>()
  for (const [index, options] of (list as readonly JwtIssuer[]).entries()) {
    const path = `issuers[${index}]`
    const issuer = readIssuer(path, check.options(path, options, names), context)
    const { issuer: name } = issuer.rules
    if (issuers.has(name)) {
      throw check.error(`${path}.issuer`, 'different from the issuers before it', name)
    }
    issuers.set(name, issuer)
  }
  return issuers
}

function readIssuer(
  path: string,
  options: Partial<JwtIssuer>,
  { check, times, reporter }: Context,
): Issuer {
  const { typ = 'access', scopeClaims = ['scope', 'scp'] } = options
  const issuer = check.string(`${path}.issuer`, options.issuer)
  const audiences = audienceOption(check, `${path}.audience`, options.audience)
  requireOneOf(`security.jwt: ${path}`, options, ['jwks', 'secret'])
  const { jwks, secret } = options
  return {
    rules: { issuer, audiences, ...times },
    algorithms: algorithmsOption(check, `${path}.algorithms`, options),
    typ: check.oneOf(`${path}.typ`, typ, ['at+jwt', 'access', 'any']),
    scopeClaims: check.strings(`${path}.scopeClaims`, scopeClaims),
    keys: jwks === undefined ? noKeys : jwksOption(check, `${path}.jwks`, jwks, reporter),
    secret: secret === undefined ? undefined : secretOption(check, `${path}.secret`, secret),
  }
}

function jwksOption(
  check: Check,
  path: string,
  jwks: NonNullable<JwtIssuer['jwks']>,
  reporter: Reporter,
): KeySource {
  const options: { readonly keys?: unknown } & Partial<RemoteKeysOptions> = check.object(path, jwks)
  if (options.keys === undefined) {
    const names = ['keys', ...remoteKeysNames] as const
    return remoteKeysOption(check, path, check.options(path, options, names), reporter)
  }
  check.options(path, options, ['keys'])
  return fixedKeysOption(`security.jwt: ${path}.keys`, options.keys)
}

function audienceOption(check: Check, option: string, audience: unknown): readonly string[] {
  const audiences: unknown = typeof audience === 'string' ? [audience] : audience
  if (
    Array.isArray(audiences) &&
    audiences.length > 0 &&
    audiences.every((each) => typeof each === 'string' && each !== '')
  ) {
    return [...audiences]
  }
  throw check.error(option, 'a non-empty string, or an array of at least one of them', audience)
}

function algorithmsOption(
  check: Check,
  option: string,
  { algorithms: list, secret }: Partial<JwtIssuer>,
): string[] {
  if (secret !== undefined) {
    const hasOnlyHs256 = Array.isArray(list) && list.length > 0 && list.every(isHs256)
    if (list === undefined || hasOnlyHs256) return ['HS256']
    throw check.error(option, "['HS256'] or left out, beside secret", list)
  }
  if (list === undefined) return [...defaultAlgorithms]
  if (check.strings(option, list).length === 0) {
    throw check.error(option, 'an array of at least one algorithm', list)
  }
  return list.map((each, index) => check.oneOf(`${option}[${index}]`, each, algorithms))
}

const isHs256 = (algorithm: unknown) => algorithm === 'HS256'

// RFC 7518, section 3.2: a key at least as long as the output of the hash.
function secretOption(check: Check, option: string, secret: unknown): Uint8Array {
  const bytes =
    typeof secret === 'string'
      ? Buffer.from(secret)
      : types.isUint8Array(secret)
        ? Uint8Array.from(secret)
        : undefined
  if (bytes !== undefined && bytes.length >= 32) return bytes
  throw check.secretError(option, 'a string or Uint8Array of at least 32 bytes')
}
