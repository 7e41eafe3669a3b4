import { hash } from 'node:crypto'
import { type Check, optionCheck } from '../../options.ts'
import { composeKey, prefixOption, randomId } from './key-format.ts'
import { type ApiKeyRecord, earlierKeys, recordFault } from './record.ts'

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
  /** First part of the new key, as in `IssueApiKeyOptions`. @defaultValue that of the old key */
  readonly prefix?: string
  /**
   * Lifetime of the new key, in milliseconds (integer, 1_000 to 315_360_000_000).
   *
   * @defaultValue as long as that of the old key
   */
  readonly expiresInMs?: number
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
  const given = check.options('options', options, names)
  const { owner, scopes = [], expiresInMs } = given
  if (typeof owner !== 'string' || owner === '' || owner.length > 256) {
    throw check.error('owner', 'a string of 1 to 256 characters', owner)
  }
  check.strings('scopes', scopes)
  if (expiresInMs !== undefined) lifetimeOption(check, expiresInMs)
  const nowMs = Date.now()
  const id = randomId()
  const prefix = prefixOption(check, given.prefix ?? 'key')
  const key = composeKey(prefix, id)
  const record: ApiKeyRecord = {
    id,
    hash: hash('sha256', key),
    prefix,
    owner,
    scopes: [...scopes],
    createdAt: iso(nowMs),
    ...(expiresInMs === undefined ? {} : { expiresAt: iso(nowMs + expiresInMs) }),
  }
  return { key, record }
}

/**
 * A new key for the same record. The old one is accepted for a while, so that clients can change
 * over; so are those before it, for their while.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option, and for a record that is none, is
 *   revoked, or has 8 earlier keys that are still accepted
 */
export function rotateApiKey(
  record: ApiKeyRecord,
  options: RotateApiKeyOptions = {},
): IssuedApiKey {
  const check = optionCheck('security.rotateApiKey')
  const given = check.options('options', options, ['overlapMs', 'prefix', 'expiresInMs'])
  const fault = recordFault(record)
  // It may be a key by mistake.
  if (fault) throw check.secretError('record', `a record that issueApiKey has made (${fault})`)
  if (record.revokedAt) throw check.error('record', 'not revoked', record)
  const { overlapMs = 86_400_000 } = given
  check.integer('overlapMs', overlapMs, { min: 0, max: 2_592_000_000 })
  const nowMs = Date.now()
  const lifetimeMs = given.expiresInMs ?? lifetimeOf(record)
  if (given.expiresInMs !== undefined) lifetimeOption(check, given.expiresInMs)
  const earlier = earlierKeys(record).filter(({ until }) => Date.parse(until) > nowMs)
  if (earlier.length >= maxEarlier) {
    const expected = `one with fewer than ${maxEarlier} earlier keys that are still accepted`
    throw check.error('record', expected, record)
  }
  const prefix = prefixOption(check, given.prefix ?? record.prefix ?? 'key')
  const key = composeKey(prefix, record.id)
  // The old key does not live longer than it would have without the new one.
  const endMs = record.expiresAt ? Date.parse(record.expiresAt) || 0 : Number.POSITIVE_INFINITY
  const until = iso(Math.min(nowMs + overlapMs, endMs))
  const { expiresAt: _, ...rest } = record
  return {
    key,
    record: {
      ...rest,
      hash: hash('sha256', key),
      prefix,
      previous: [{ hash: record.hash, until }, ...earlier],
      rotatedAt: iso(nowMs),
      ...(lifetimeMs === undefined ? {} : { expiresAt: iso(nowMs + lifetimeMs) }),
    },
  }
}

const maxEarlier = 8

const iso = (ms: number): string => new Date(ms).toISOString()

/** Undefined if the key does not expire. */
function lifetimeOf({ createdAt, rotatedAt, expiresAt }: ApiKeyRecord): number | undefined {
  if (!expiresAt) return undefined
  const ms = Date.parse(expiresAt) - Date.parse(rotatedAt ?? createdAt)
  return Number.isNaN(ms) ? 1_000 : Math.max(1_000, ms)
}

function lifetimeOption(check: Check, value: unknown): void {
  check.integer('expiresInMs', value, { min: 1_000, max: 315_360_000_000 })
}
