import { hash } from 'node:crypto'
import { type Check, optionCheck } from '../../options.ts'
import { composeKey, randomId } from './key-format.ts'

/** What is stored of an API key. Not a secret: the key cannot be computed from it. */
export interface ApiKeyRecord {
  /** The part of the key by which the record is found: 12 letters and digits. */
  readonly id: string
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string
  /** The key before a rotation, and until when it is still accepted. */
  readonly previous?: { readonly hash: string; readonly until: string }
  /** Who uses the key: the subject of the principal. */
  readonly owner: string
  readonly scopes?: readonly string[]
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601; the key is accepted from then on. */
  readonly notBefore?: string
  /** ISO 8601; the key is no longer accepted from then on. */
  readonly expiresAt?: string
  /** ISO 8601; if present, the key is not accepted, whatever the time. */
  readonly revokedAt?: string
}

export interface IssueApiKeyOptions {
  /** Who uses the key: the subject of the principal, 1 to 256 characters. */
  readonly owner: string
  /** @defaultValue none */
  readonly scopes?: readonly string[]
  /**
   * First part of the key, by which people and secret scanners recognise it: 1 to 32 letters,
   * digits and `_`.
   *
   * @defaultValue `'key'`
   */
  readonly prefix?: string
  /**
   * Lifetime of the key, in milliseconds (integer, 1_000 to 315_360_000_000, which is 10 years).
   *
   * @defaultValue unlimited
   */
  readonly expiresInMs?: number
}

export interface RotateApiKeyOptions {
  /**
   * How long the old key is still accepted, in milliseconds (integer, 0 to 2_592_000_000, which is
   * 30 days).
   *
   * @defaultValue 86_400_000 (a day)
   */
  readonly overlapMs?: number
  /** First part of the new key, as in `IssueApiKeyOptions`. @defaultValue `'key'` */
  readonly prefix?: string
}

/** A new key: the key itself goes to its user and nowhere else, the record into the store. */
export interface IssuedApiKey {
  /** `<prefix>_<id>_<secret>_<checksum>`: 190 random bits. */
  readonly key: string
  readonly record: ApiKeyRecord
}

/**
 * Creates an API key.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option
 */
export function issueApiKey(options: IssueApiKeyOptions): IssuedApiKey {
  const check = optionCheck('security.issueApiKey')
  const names = ['owner', 'scopes', 'prefix', 'expiresInMs'] as const
  const { owner, scopes = [], prefix, expiresInMs } = check.options('options', options, names)
  if (typeof owner !== 'string' || owner === '' || owner.length > 256) {
    throw check.error('owner', 'a string of 1 to 256 characters', owner)
  }
  check.strings('scopes', scopes)
  if (expiresInMs !== undefined) {
    check.integer('expiresInMs', expiresInMs, { min: 1_000, max: 315_360_000_000 })
  }
  const nowMs = Date.now()
  const id = randomId()
  const key = composeKey(prefixOption(check, prefix), id)
  const record: ApiKeyRecord = {
    id,
    hash: hash('sha256', key),
    owner,
    scopes: [...scopes],
    createdAt: new Date(nowMs).toISOString(),
    ...(expiresInMs === undefined
      ? {}
      : { expiresAt: new Date(nowMs + expiresInMs).toISOString() }),
  }
  return { key, record }
}

/**
 * A new key for the same record. The old one is accepted for a while, so that clients can change
 * over.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option
 */
export function rotateApiKey(
  record: ApiKeyRecord,
  options: RotateApiKeyOptions = {},
): IssuedApiKey {
  const check = optionCheck('security.rotateApiKey')
  const given = check.options('options', options, ['overlapMs', 'prefix'])
  const { overlapMs = 86_400_000 } = given
  check.integer('overlapMs', overlapMs, { min: 0, max: 2_592_000_000 })
  const key = composeKey(prefixOption(check, given.prefix), record.id)
  const until = new Date(Date.now() + overlapMs).toISOString()
  return {
    key,
    record: { ...record, hash: hash('sha256', key), previous: { hash: record.hash, until } },
  }
}

function prefixOption(check: Check, prefix: unknown = 'key'): string {
  if (typeof prefix === 'string' && /^\w{1,32}$/.test(prefix)) return prefix
  throw check.error('prefix', '1 to 32 letters, digits and _', prefix)
}
