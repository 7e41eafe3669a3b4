import { types } from 'node:util'
import type { Check } from '../../../options.ts'
import {
  type PublicKeyAlgorithm,
  publicKeyAlgorithms,
  usualAlgorithms,
} from '../../jws/algorithms.ts'
import type { ProofStore } from './proof-store.ts'

/** DPoP (RFC 9449): tokens that only the holder of a key can use. */
export interface DpopOptions {
  /** Refuse tokens that are bound to no key. @defaultValue false */
  readonly required?: boolean
  /**
   * Algorithms of proofs.
   *
   * @defaultValue Ed25519, EdDSA, ES256, ES384, PS256, RS256
   */
  readonly algorithms?: readonly PublicKeyAlgorithm[]
  /**
   * URLs under which clients know the service, where a proxy changes host or path:
   * `https://api.example/orders`.
   *
   * @defaultValue the host and path that were asked for
   */
  readonly publicUrls?: string | readonly string[]
  /** Oldest proof, in milliseconds (integer, 1_000 to 3_600_000). @defaultValue 60_000 */
  readonly maxAgeMs?: number
  /**
   * How far in the future a proof may be issued, in milliseconds (integer, 0 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly clockToleranceMs?: number
  /**
   * Give out nonces, and accept proofs with one only, which holds for 2.5 to 5 minutes. A secret of
   * at least 32 bytes: one that all instances know; true: a random one.
   *
   * @defaultValue none
   */
  readonly nonce?: true | string | Uint8Array
  /**
   * Proofs remembered in the memory of the process, so that none is accepted twice (integer, 1 to
   * 10_000_000). When there is no more room, the oldest are forgotten, and proofs as old as they are
   * refused.
   *
   * @defaultValue 100_000
   */
  readonly maxProofs?: number
  /**
   * Where several instances remember proofs together, such as `redisProofs`. While it is down, the
   * response is 503.
   *
   * @defaultValue the memory of the process
   */
  readonly store?: ProofStore
  /** Longest answer of `store`, in milliseconds (integer, 1 to 10_000). @defaultValue 1_000 */
  readonly storeTimeoutMs?: number
}

const names = [
  'required',
  'algorithms',
  'publicUrls',
  'maxAgeMs',
  'clockToleranceMs',
  'nonce',
  'maxProofs',
  'store',
  'storeTimeoutMs',
] as const

/** The same, checked. */
export interface DpopSettings {
  readonly required: boolean
  readonly algorithms: readonly string[]
  readonly publicUrls: readonly URL[]
  /** Seconds. */
  readonly maxAge: number
  /** Seconds. */
  readonly tolerance: number
  /** True: a random secret. Undefined: no nonces. */
  readonly nonce: true | Uint8Array | undefined
  readonly maxProofs: number
  readonly store: ProofStore | undefined
  readonly storeTimeoutMs: number
}

/** Reads the option `dpop`; undefined if it is left out. */
export function dpopOption(
  check: Check,
  value: DpopOptions | true | undefined,
): DpopSettings | undefined {
  if (value === undefined) return undefined
  const given = check.options('dpop', value === true ? {} : value, names)
  const { required = false, publicUrls = [], maxAgeMs = 60_000, clockToleranceMs = 5_000 } = given
  const { maxProofs = 100_000, store, storeTimeoutMs = 1_000, nonce } = given
  const list = given.algorithms ?? usualAlgorithms
  if (check.strings('dpop.algorithms', list).length === 0) {
    throw check.error('dpop.algorithms', 'an array of at least one algorithm', list)
  }
  if (store !== undefined && typeof check.object('dpop.store', store).add !== 'function') {
    throw check.error('dpop.store', 'an object with a method add', store)
  }
  check.integer('dpop.maxAgeMs', maxAgeMs, { min: 1_000, max: 3_600_000 })
  check.integer('dpop.clockToleranceMs', clockToleranceMs, { min: 0, max: 60_000 })
  return {
    required: check.boolean('dpop.required', required),
    algorithms: list.map((each, at) =>
      check.oneOf(`dpop.algorithms[${at}]`, each, publicKeyAlgorithms),
    ),
    publicUrls: urlsOption(check, typeof publicUrls === 'string' ? [publicUrls] : publicUrls),
    maxAge: maxAgeMs / 1000,
    tolerance: clockToleranceMs / 1000,
    nonce: nonce === undefined ? undefined : nonceOption(check, nonce),
    maxProofs: check.integer('dpop.maxProofs', maxProofs, { min: 1, max: 10_000_000 }),
    store,
    storeTimeoutMs: check.integer('dpop.storeTimeoutMs', storeTimeoutMs, { min: 1, max: 10_000 }),
  }
}

function urlsOption(check: Check, urls: readonly string[]): readonly URL[] {
  return check.strings('dpop.publicUrls', urls).map((text, index) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isWhole = url && /^https?:$/.test(url.protocol) && url.username === ''
    if (isWhole && url.search === '' && url.hash === '') return url
    const expected = 'an http or https URL without credentials, query and fragment'
    throw check.error(`dpop.publicUrls[${index}]`, expected, url ? url.origin : text)
  })
}

function nonceOption(check: Check, nonce: unknown): true | Uint8Array {
  if (nonce === true) return true
  const secret =
    typeof nonce === 'string'
      ? Buffer.from(nonce)
      : types.isUint8Array(nonce)
        ? Uint8Array.from(nonce)
        : undefined
  if (secret !== undefined && secret.length >= 32) return secret
  throw check.secretError('dpop.nonce', 'true, or a string or Uint8Array of at least 32 bytes')
}
