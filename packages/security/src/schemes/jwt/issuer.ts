import { types } from 'node:util'
import type { Reporter } from '@clew/internal/reports/reporter'
import { type Check, requireOneOf } from '../../options.ts'
import { publicKeyAlgorithms, usualAlgorithms } from '../jws/algorithms.ts'
import { claimValuesOption } from '../token/claim-values.ts'
import type { ClaimPath } from '../token/claims.ts'
import { namedOption, pathsOption } from '../token/token-options.ts'
import type { ClaimRules } from './claims.ts'
import { issuerNames, type JwtIssuer } from './issuer-options.ts'
import { fixedKeysOption, type KeySource, noKeys } from './key-source.ts'
import { type RemoteKeysOptions, remoteKeysNames, remoteKeysOption } from './remote-keys.ts'

/** One issuer, checked, with its keys. */
export interface Issuer {
  readonly rules: ClaimRules
  readonly algorithms: string[]
  readonly typ: 'at+jwt' | 'access' | 'any'
  readonly scopeClaims: readonly string[]
  readonly roleClaims: readonly ClaimPath[]
  readonly keys: KeySource
  readonly secret: Uint8Array | undefined
}

interface Context {
  readonly check: Check
  /** The public function whose option it is: `security.jwt`. */
  readonly caller: string
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
    const issuer = readIssuer(path, check.options(path, options, issuerNames), context)
    const { issuer: name } = issuer.rules
    if (issuers.has(name)) {
      throw check.error(`${path}.issuer`, 'different from the issuers before it', name)
    }
    issuers.set(name, issuer)
  }
  return issuers
}

function readIssuer(path: string, options: Partial<JwtIssuer>, context: Context): Issuer {
  const { check, caller, times } = context
  const { typ = 'access', scopeClaims = ['scope', 'scp'], roleClaims = ['roles'] } = options
  const { requiredClaims = [], claims = {}, subjectClaims = ['sub'] } = options
  const issuer = check.string(`${path}.issuer`, options.issuer)
  const { audience, clients, jwks, secret } = options
  const rules: ClaimRules = {
    issuer,
    audiences:
      audience === undefined && clients !== undefined
        ? undefined
        : namedOption(check, `${path}.audience`, audience),
    clients: clients === undefined ? undefined : namedOption(check, `${path}.clients`, clients),
    requiredClaims: [...check.strings(`${path}.requiredClaims`, requiredClaims)],
    claims: claimValuesOption(check, `${path}.claims`, claims),
    subjectClaims: [...check.strings(`${path}.subjectClaims`, subjectClaims)],
    ...times,
  }
  requireOneOf(`${caller}: ${path}`, options, ['jwks', 'secret'])
  return {
    rules,
    algorithms: algorithmsOption(check, `${path}.algorithms`, options),
    typ: check.oneOf(`${path}.typ`, typ, ['at+jwt', 'access', 'any']),
    scopeClaims: [...check.strings(`${path}.scopeClaims`, scopeClaims)],
    roleClaims: pathsOption(check, `${path}.roleClaims`, roleClaims),
    keys: jwks === undefined ? noKeys : jwksOption(jwks, { path: `${path}.jwks`, issuer, context }),
    secret: secret === undefined ? undefined : secretOption(check, `${path}.secret`, secret),
  }
}

interface JwksContext {
  readonly path: string
  readonly issuer: string
  readonly context: Context
}

function jwksOption(
  jwks: NonNullable<JwtIssuer['jwks']>,
  { path, issuer, context }: JwksContext,
): KeySource {
  const { check, caller } = context
  const options: { readonly keys?: unknown } & Partial<RemoteKeysOptions> = check.object(path, jwks)
  if (options.keys === undefined) {
    const names = ['keys', ...remoteKeysNames] as const
    return remoteKeysOption(check.options(path, options, names), { ...context, path, issuer })
  }
  check.options(path, options, ['keys'])
  return fixedKeysOption(`${caller}: ${path}.keys`, options.keys)
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
  if (list === undefined) return [...usualAlgorithms]
  if (check.strings(option, list).length === 0) {
    throw check.error(option, 'an array of at least one algorithm', list)
  }
  return list.map((each, index) => check.oneOf(`${option}[${index}]`, each, publicKeyAlgorithms))
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
