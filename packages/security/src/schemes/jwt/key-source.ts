import { mistake } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { show } from '@clew/internal/errors/show'
import type { SecurityErrorCode } from '../../errors.ts'
import type { MaybePromise } from '../../policy/maybe-promise.ts'
import { cleanKeys, type Jwk, type KeySet } from '../jws/key-set.ts'

/** The keys of one issuer at one time. */
export interface KeyGeneration {
  /** Changes when the keys do. */
  readonly generation: number
  readonly keys: readonly Jwk[]
}

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The keys that are valid now. Throws or rejects if there are none. */
  current(): MaybePromise<KeyGeneration>
  /** Newer keys, for a token that names an unknown key; fetched at most once per cooldown. */
  newer(than: KeyGeneration): MaybePromise<KeyGeneration>
  /**
   * The number of the keys that are valid now; 0 if `current` has to be called. Never waits, but
   * starts to fetch keys before they are too old.
   */
  readonly generation: number
  /** Seconds until `current` may have keys, where it has none now. */
  readonly retryAfter: number
  shutdown(): Promise<void>
}

/** For an issuer with a shared secret. */
export const noKeys: KeySource = createFixedKeys([])

/**
 * Keys given in the configuration.
 *
 * @param where - the function and the option: `security.jwt: issuers[0].jwks.keys`
 */
export function fixedKeysOption(where: string, keys: unknown): KeySource {
  if (!Array.isArray(keys)) throw keysMistake(where, show(keys))
  let clean: KeySet
  try {
    clean = cleanKeys({ keys })
  } catch (error) {
    throw keysMistake(where, reasonOf(error))
  }
  const left = [...clean.skipped, ...clean.foreign]
  if (left.length > 0) throw keysMistake(where, left.join('; '))
  return createFixedKeys(clean.keys)
}

function keysMistake(where: string, received: string): TypeError {
  return mistake<SecurityErrorCode>(
    'ERR_SECURITY_OPTION',
    `${where} must be an array of public keys that may verify signatures; received ${received}`,
  )
}

function createFixedKeys(keys: readonly Jwk[]): KeySource {
  const only: KeyGeneration = { generation: 1, keys }
  return {
    current: () => only,
    newer: () => only,
    generation: 1,
    retryAfter: 1,
    shutdown: () => Promise.resolve(),
  }
}
