import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import { isPromise } from '../../policy/maybe-promise.ts'
import type { JwtAlgorithm } from '../jws/algorithms.ts'
import { isSigned } from '../jws/is-signed.ts'
import type { CryptoKey, JWTVerifyGetKey } from '../jws/jose.ts'
import type { TokenParts } from '../jws/token-form.ts'
import type { Issuer } from './issuer.ts'
import type { KeyGeneration } from './key-source.ts'

/** The generation of the keys that a valid signature was checked with, or why it is not valid. */
export type Signature = { readonly generation: number } | { readonly fault: string }

/** Rejects if that cannot be found out now. */
export type VerifySignature = (
  token: string,
  header: TokenParts['header'],
  issuer: Issuer,
) => Promise<Signature>

const maxCandidates = 4

/** The keys of one generation. */
interface LocalKeys {
  /** Finds and imports the key that a header names. */
  readonly find: JWTVerifyGetKey
  /** What has verified a token before, by algorithm and kid: few, since nobody can make them up. */
  readonly found: Map<string, CryptoKey>
}

type Jose = typeof import('../jws/jose.ts')

/**
 * Verifies signatures: the first one of each key with jose, which finds, imports and checks the key,
 * further ones with the key itself. Starts to load it, since the scheme is about to be used. If it
 * cannot be loaded, that is said at once, not only when tokens come.
 *
 * @param load - for tests
 */
export function createSignatureVerifier(
  scheme: string,
  reporter: Reporter,
  load: () => Promise<Jose> = () => import('../jws/jose.ts'),
): VerifySignature {
  let loaded: Jose | undefined
  const loading = load().then((jose) => {
    loaded = jose
    return jose
  })
  loading.catch((error: unknown) => sayUnusable(scheme, reporter, error))
  const sets = new WeakMap<KeyGeneration, LocalKeys>()
  const secrets = new WeakMap<Issuer, CryptoKey>()

  function localKeys(jose: Jose, generation: KeyGeneration): LocalKeys {
    let keys = sets.get(generation)
    if (!keys) {
      keys = {
        find: jose.createLocalJWKSet({ keys: generation.keys as never[] }),
        found: new Map(),
      }
      sets.set(generation, keys)
    }
    return keys
  }

  async function secretKey(issuer: Issuer, secret: Uint8Array): Promise<CryptoKey> {
    let key = secrets.get(issuer)
    if (!key) {
      // Imported once: with raw bytes, jose takes twice as long.
      key = await crypto.subtle.importKey(
        'raw',
        secret as Uint8Array<ArrayBuffer>,
        { name: 'HMAC', hash: 'SHA-256' },
        false,
        ['verify'],
      )
      secrets.set(issuer, key)
    }
    return key
  }

  return async (token, header, issuer) => {
    const jose = loaded ?? (await loading)
    const { algorithms } = issuer
    const { alg, kid } = header as { readonly alg: JwtAlgorithm; readonly kid?: string }
    // A token can make the verifier throw anything, so that every error means a wrong token.
    const faultOf = async (key: CryptoKey): Promise<string | undefined> => {
      try {
        return (await isSigned(token, alg, key)) ? undefined : 'bad_signature'
      } catch {
        return 'unverifiable'
      }
    }
    const faultAmong = async (generation: KeyGeneration): Promise<string | undefined> => {
      const { find, found } = localKeys(jose, generation)
      const named = kid === undefined ? alg : `${alg} ${kid}`
      const known = found.get(named)
      if (known) return faultOf(known)
      try {
        const { key } = await jose.compactVerify(token, find, { algorithms })
        found.set(named, key as CryptoKey)
        return undefined
      } catch (error) {
        const reason = reasonFor(jose, error)
        // Without a kid, which key is meant is not known.
        if (reason !== 'ambiguous_key' || kid === undefined) return reason
        return faultOfEach(error as AsyncIterable<CryptoKey>)
      }
    }
    /** Keys of one kid and one type. */
    const faultOfEach = async (keys: AsyncIterable<CryptoKey>): Promise<string | undefined> => {
      let tried = 0
      for await (const key of keys) {
        if (++tried > maxCandidates) return 'ambiguous_key'
        const fault = await faultOf(key)
        if (fault === undefined) return undefined
      }
      return 'bad_signature'
    }
    if (issuer.secret) {
      const fault = await faultOf(await secretKey(issuer, issuer.secret))
      return fault === undefined ? { generation: issuer.keys.generation } : { fault }
    }
    const keys = issuer.keys.current()
    const current = isPromise(keys) ? await keys : keys
    const fault = await faultAmong(current)
    if (fault === undefined) return { generation: current.generation }
    // An unknown kid may be a new key. Without a kid there is nothing to look for.
    if (fault !== 'unknown_key' || kid === undefined) return { fault }
    const newer = await issuer.keys.newer(current)
    if (newer === current) return { fault }
    const second = await faultAmong(newer)
    return second === undefined ? { generation: newer.generation } : { fault: second }
  }
}

function sayUnusable(scheme: string, reporter: Reporter, error: unknown): void {
  const message = 'no token can be verified: jose cannot be loaded'
  const reason = visible(reasonOf(error))
  // Nobody may listen yet, or ever.
  if (!reporter.isHeard()) process.emitWarning(`${message} (scheme ${scheme}): ${reason}`)
  reporter.report({
    type: 'security.scheme_unusable',
    level: 'error',
    message,
    fields: { scheme, error: reason },
  })
}

function reasonFor({ errors }: Jose, error: unknown): string {
  const code: unknown = codeOf(error)
  switch (code) {
    case errors.JWSSignatureVerificationFailed.code:
      return 'bad_signature'
    case errors.JWKSNoMatchingKey.code:
      return 'unknown_key'
    case errors.JWKSMultipleMatchingKeys.code:
      return 'ambiguous_key'
    default:
      return 'unverifiable'
  }
}
