import type { webcrypto } from 'node:crypto'
import type { Check } from '../../options.ts'
import {
  type Remote,
  type RemoteOptions,
  remoteNames,
  remoteOption,
  urlOption,
} from '../remote/remote-options.ts'
import { type ClaimValues, claimValuesOption } from '../token/claim-values.ts'
import type { ClaimPath, TokenRules } from '../token/claims.ts'
import { namedOption, pathsOption } from '../token/token-options.ts'

/** How the service shows the authorization server who it is (RFC 7591, section 2). */
export interface IntrospectionClient {
  readonly id: string
  /** Either this or `privateKey`. */
  readonly secret?: string
  /**
   * How the secret is sent: in the header, or in the body.
   *
   * @defaultValue `'client_secret_basic'`
   */
  readonly method?: 'client_secret_basic' | 'client_secret_post'
  /** Signs an assertion instead (`private_key_jwt`, RFC 7523). Needs `issuer`. */
  readonly privateKey?: webcrypto.CryptoKey
  /** The `kid` of the private key. @defaultValue none */
  readonly keyId?: string
}

/** Tokens that only the authorization server can read: it is asked (RFC 7662). */
export interface IntrospectionOptions extends RemoteOptions {
  /**
   * The authorization server, exactly as it names itself. Its metadata say where to ask. This, or
   * `endpoint`.
   */
  readonly issuer?: string
  /** Where to ask: https; http only for loopback, or with `allowHttp`. @defaultValue discovered */
  readonly endpoint?: string | URL
  readonly client: IntrospectionClient
  /**
   * `aud` must contain one of these, exactly. False: it is not looked at, since the authorization
   * server calls only tokens for this service active.
   */
  readonly audience: string | readonly string[] | false
  /** The clients whose tokens are accepted. @defaultValue whichever got a token */
  readonly clients?: string | readonly string[]
  /** Claims that each token must have. @defaultValue none */
  readonly requiredClaims?: readonly string[]
  /** Claims that each token must have, with their values. @defaultValue none */
  readonly claims?: ClaimValues
  /** Claims that name the subject: the first one that there is. @defaultValue `['sub', 'client_id']` */
  readonly subjectClaims?: readonly string[]
  /** Claims that contain scopes. @defaultValue `['scope']` */
  readonly scopeClaims?: readonly string[]
  /** Claims that contain roles. @defaultValue `['roles']` */
  readonly roleClaims?: readonly ClaimPath[]
  /**
   * How long an active token is remembered, but never after it expires, in milliseconds (integer, 0
   * to 3_600_000; 0: not at all). For so long a revoked token is still accepted.
   *
   * @defaultValue 30_000
   */
  readonly cacheMs?: number
  /**
   * How long a token is remembered that is not active, in milliseconds (integer, 0 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly negativeCacheMs?: number
  /** Questions at a time (integer, 1 to 256). @defaultValue 32 */
  readonly concurrency?: number
  /** Questions that may wait; beyond that the response is 503 (integer, 0 to 10_000). @defaultValue 100 */
  readonly maxWaiting?: number
}

const names: readonly (keyof IntrospectionOptions)[] = [
  'issuer',
  'endpoint',
  'client',
  'audience',
  'clients',
  'requiredClaims',
  'claims',
  'subjectClaims',
  'scopeClaims',
  'roleClaims',
  'cacheMs',
  'negativeCacheMs',
  'concurrency',
  'maxWaiting',
  ...remoteNames,
]

/** The same, checked. */
export interface IntrospectionSettings {
  readonly issuer: string | undefined
  /** Undefined: discovered. */
  readonly endpoint: URL | undefined
  readonly client: IntrospectionClient
  readonly rules: TokenRules
  readonly subjectClaims: readonly string[]
  readonly scopeClaims: readonly string[]
  readonly roleClaims: readonly ClaimPath[]
  readonly cacheMs: number
  readonly negativeCacheMs: number
  readonly concurrency: number
  readonly maxWaiting: number
  readonly remote: Remote
}

/** Reads the option `introspection`. */
export function introspectionOption(
  check: Check,
  value: IntrospectionOptions,
): IntrospectionSettings {
  const path = 'introspection'
  const given = check.options(path, value, names)
  const { issuer, endpoint, audience, clients, requiredClaims = [], claims = {} } = given
  const { subjectClaims = ['sub', 'client_id'], scopeClaims = ['scope'] } = given
  const { roleClaims = ['roles'], cacheMs = 30_000, negativeCacheMs = 5_000 } = given
  const { concurrency = 32, maxWaiting = 100 } = given
  check.integer(`${path}.concurrency`, concurrency, { min: 1, max: 256 })
  const remote = remoteOption(check, path, given, concurrency)
  const { allowHttp } = remote
  if (endpoint === undefined) urlOption(check, `${path}.issuer`, issuer, allowHttp)
  else if (issuer !== undefined) check.string(`${path}.issuer`, issuer)
  return {
    issuer,
    endpoint:
      endpoint === undefined
        ? undefined
        : urlOption(check, `${path}.endpoint`, endpoint, allowHttp),
    client: clientOption(check, `${path}.client`, given.client, issuer),
    rules: {
      audiences: audience === false ? undefined : namedOption(check, `${path}.audience`, audience),
      clients: clients === undefined ? undefined : namedOption(check, `${path}.clients`, clients),
      requiredClaims: [...check.strings(`${path}.requiredClaims`, requiredClaims)],
      claims: claimValuesOption(check, `${path}.claims`, claims),
    },
    subjectClaims: [...check.strings(`${path}.subjectClaims`, subjectClaims)],
    scopeClaims: [...check.strings(`${path}.scopeClaims`, scopeClaims)],
    roleClaims: pathsOption(check, `${path}.roleClaims`, roleClaims),
    cacheMs: check.integer(`${path}.cacheMs`, cacheMs, { min: 0, max: 3_600_000 }),
    negativeCacheMs: check.integer(`${path}.negativeCacheMs`, negativeCacheMs, {
      min: 0,
      max: 60_000,
    }),
    concurrency,
    maxWaiting: check.integer(`${path}.maxWaiting`, maxWaiting, { min: 0, max: 10_000 }),
    remote,
  }
}

function clientOption(
  check: Check,
  path: string,
  value: IntrospectionClient | undefined,
  issuer: string | undefined,
): IntrospectionClient {
  const client = check.object(path, value as IntrospectionClient)
  check.options(path, client, ['id', 'secret', 'method', 'privateKey', 'keyId'])
  const { secret, method = 'client_secret_basic', privateKey, keyId } = client
  check.string(`${path}.id`, client.id)
  if (keyId !== undefined) check.string(`${path}.keyId`, keyId)
  check.oneOf(`${path}.method`, method, ['client_secret_basic', 'client_secret_post'])
  if ((secret === undefined) === (privateKey === undefined)) {
    throw check.secretError(`${path}.secret`, 'given, or privateKey, and not both')
  }
  if (secret !== undefined && (typeof secret !== 'string' || secret === '')) {
    throw check.secretError(`${path}.secret`, 'a non-empty string')
  }
  if (privateKey !== undefined && (privateKey?.type !== 'private' || issuer === undefined)) {
    throw check.secretError(`${path}.privateKey`, 'a private CryptoKey, beside issuer')
  }
  return { ...client, method }
}
