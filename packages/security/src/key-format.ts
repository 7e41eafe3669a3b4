import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { integer, shown } from './check.ts'
import { mistake } from './errors.ts'

/** What is stored of an API key. Holds no secret: the key itself cannot be made from it. */
export interface ApiKeyRecord {
  /** The part of the key that finds the record: 12 letters and digits. */
  readonly id: string
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string
  /** The key before a rotation, and until when it still counts. */
  readonly previous?: { readonly hash: string; readonly until: string }
  /** Who uses the key: the subject of the principal. */
  readonly owner: string
  readonly scopes?: readonly string[]
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601; the key counts from then on. */
  readonly notBefore?: string
  /** ISO 8601; the key does not count any more from then on. */
  readonly expiresAt?: string
  /** ISO 8601; the key does not count any more, whatever else is said. */
  readonly revokedAt?: string
}

export interface IssueApiKeyOptions {
  /** Who uses the key: the subject of the principal, 1 to 256 characters. */
  readonly owner: string
  /** @defaultValue none */
  readonly scopes?: readonly string[]
  /** First part of the key, by which people and secret scanners know it: letters, digits and `_`, 1 to 32. @defaultValue `'key'` */
  readonly prefix?: string
  /** Life of the key, in milliseconds (integer, 1_000 to 10 years). @defaultValue without end */
  readonly expiresInMs?: number
}

export interface RotateApiKeyOptions {
  /** How long the old key still counts, in milliseconds (integer, 0 to 30 days). @defaultValue 86_400_000 (a day) */
  readonly overlapMs?: number
  /** First part of the new key. @defaultValue `'key'` */
  readonly prefix?: string
}

/** A new key: the text goes to its user and nowhere else, the record into the store. */
export interface IssuedApiKey {
  /** `<prefix>_<id>_<secret>_<checksum>`: 190 random bits. */
  readonly key: string
  readonly record: ApiKeyRecord
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Makes an API key. */
export function issueApiKey(options: IssueApiKeyOptions): IssuedApiKey {
  const { owner, scopes = [], expiresInMs } = options
  if (typeof owner !== 'string' || owner === '' || owner.length > 256) {
    throw mistake('ERR_SECURITY_OPTION', `owner must have 1 to 256 characters, got ${shown(owner)}`)
  }
  const nowMs = Date.now()
  const id = random(12)
  const key = compose(options.prefix ?? 'key', id)
  const record: ApiKeyRecord = {
    id,
    hash: hash('sha256', key),
    owner,
    scopes: [...scopes],
    createdAt: new Date(nowMs).toISOString(),
    ...(expiresInMs === undefined
      ? {}
      : {
          expiresAt: new Date(
            nowMs + integer('expiresInMs', expiresInMs, 1_000, 315_360_000_000),
          ).toISOString(),
        }),
  }
  return { key, record }
}

/** A new key for the same record. The old one counts for a while, so that clients can change over. */
export function rotateApiKey(
  record: ApiKeyRecord,
  options: RotateApiKeyOptions = {},
): IssuedApiKey {
  const overlapMs = integer('overlapMs', options.overlapMs ?? 86_400_000, 0, 2_592_000_000)
  const key = compose(options.prefix ?? 'key', record.id)
  const until = new Date(Date.now() + overlapMs).toISOString()
  return {
    key,
    record: { ...record, hash: hash('sha256', key), previous: { hash: record.hash, until } },
  }
}

/** The id of a key whose form and checksum are right; undefined for everything else, so that no store is asked. */
export function keyId(key: string): string | undefined {
  if (key.length > 128) return undefined
  const match = /^\w{1,32}_([0-9A-Za-z]{12})_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/.exec(key)
  return match && checksum(key.slice(0, -7)) === key.slice(-6) ? match[1] : undefined
}

function compose(prefix: string, id: string): string {
  if (!/^\w{1,32}$/.test(prefix)) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `prefix must be 1 to 32 letters, digits and _, got ${shown(prefix)}`,
    )
  }
  const body = `${prefix}_${id}_${random(32)}`
  return `${body}_${checksum(body)}`
}

// 62^6 > 2^32
function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let place = 0; place < 6; place++) {
    digits = alphabet.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

function random(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 × 62: the rest would favour some characters.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}
