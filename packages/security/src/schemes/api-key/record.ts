import { types } from 'node:util'

/** What is stored of an API key. Not a secret: the key cannot be computed from it. */
export interface ApiKeyRecord {
  /** The part of the key by which the record is found: 12 letters and digits. */
  readonly id: string
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string
  /** First part of the key. */
  readonly prefix?: string | null
  /** The keys before each rotation, and until when they are still accepted. */
  readonly previous?: PreviousKey | readonly PreviousKey[] | null
  /** Who uses the key: the subject of the principal. */
  readonly owner: string
  readonly scopes?: readonly string[] | null
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601; when the key was made, after a rotation. */
  readonly rotatedAt?: string | null
  /** ISO 8601; the key is accepted from then on. */
  readonly notBefore?: string | null
  /** ISO 8601; the key is no longer accepted from then on. */
  readonly expiresAt?: string | null
  /** ISO 8601; if present, the key is not accepted, whatever the time. */
  readonly revokedAt?: string | null
  /** ISO 8601, to about a minute; of a store that is told. */
  readonly lastUsedAt?: string | null
}

export interface PreviousKey {
  readonly hash: string
  readonly until: string
}

const optional = ['rotatedAt', 'notBefore', 'expiresAt', 'revokedAt', 'lastUsedAt'] as const
const names: readonly string[] = [
  'id',
  'hash',
  'prefix',
  'previous',
  'owner',
  'scopes',
  'createdAt',
  ...optional,
]

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isHash = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
// One that cannot be read counts as never reached, or as past: the key is refused.
const isTime = (value: unknown) => typeof value === 'string' || types.isDate(value)
const isMissing = (value: unknown) => value === undefined || value === null

/**
 * What is wrong with a record, without its contents; undefined if nothing is. A property that is
 * not known is wrong: `revoked_at` would be a key that nobody has revoked.
 */
export function recordFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object'
  const record = value as Partial<ApiKeyRecord>
  for (const name of Object.keys(record)) {
    // A name may be a key by mistake, if keys and values were mixed up.
    if (!names.includes(name)) {
      return /^\w{1,40}$/.test(name) ? `unknown property ${name}` : 'unknown property'
    }
  }
  if (!/^[0-9A-Za-z]{12}$/.test(String(record.id))) return 'id'
  if (!isHash(record.hash)) return 'hash'
  if (!isText(record.owner) || String(record.owner).length > 256) return 'owner'
  if (!isTime(record.createdAt)) return 'createdAt'
  const { scopes, prefix, previous } = record
  if (!isMissing(scopes) && !(Array.isArray(scopes) && scopes.every(isText))) return 'scopes'
  if (!isMissing(prefix) && !/^\w{1,32}$/.test(String(prefix))) return 'prefix'
  for (const name of optional) {
    if (!isMissing(record[name]) && !isTime(record[name])) return name
  }
  if (isMissing(previous)) return undefined
  const isRight = earlierKeys(record).every((each) => isHash(each?.hash) && isTime(each?.until))
  return isRight ? undefined : 'previous'
}

/** The keys before each rotation. */
export function earlierKeys({ previous }: Partial<ApiKeyRecord>): readonly PreviousKey[] {
  if (previous === undefined || previous === null) return []
  return Array.isArray(previous) ? previous : [previous as PreviousKey]
}
