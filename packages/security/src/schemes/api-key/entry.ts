import { hash, timingSafeEqual } from 'node:crypto'
import type { Principal } from '../../policy/principal.ts'
import type { ApiKeyRecord } from './key-record.ts'

/** A record, parsed for comparison. */
export interface Entry {
  readonly digest: Buffer
  readonly previous: { readonly digest: Buffer; readonly untilMs: number } | undefined
  readonly isRevoked: boolean
  readonly fromMs: number
  readonly untilMs: number
  readonly principal: Principal
}

const noDigest = Buffer.alloc(32)

export function createEntry(scheme: string, record: ApiKeyRecord): Entry {
  const { previous } = record
  return {
    digest: digestOf(record.hash),
    previous: previous && {
      digest: digestOf(previous.hash),
      untilMs: time(previous.until, Number.NEGATIVE_INFINITY),
    },
    isRevoked: record.revokedAt !== undefined && record.revokedAt !== null,
    // A time that cannot be parsed counts as never reached, or as past: the key is refused.
    fromMs: time(record.notBefore, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    untilMs: time(record.expiresAt, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    principal: Object.freeze({
      scheme,
      subject: record.owner,
      scopes: Object.freeze([...(record.scopes ?? [])]),
      claims: Object.freeze(Object.assign(Object.create(null), { key_id: record.id })),
    }),
  }
}

/**
 * Why this key is refused; undefined if it is accepted. An unknown key takes as long as a wrong
 * one.
 */
export function faultOf(key: string, entry: Entry | undefined): string | undefined {
  const digest = hash('sha256', key, 'buffer')
  const nowMs = Date.now()
  let isSame = timingSafeEqual(digest, entry?.digest ?? noDigest)
  if (entry?.previous && nowMs < entry.previous.untilMs) {
    isSame = timingSafeEqual(digest, entry.previous.digest) || isSame
  }
  if (!isSame || !entry) return 'unknown_key'
  if (entry.isRevoked) return 'revoked'
  if (nowMs >= entry.untilMs) return 'expired'
  return nowMs < entry.fromMs ? 'not_yet_valid' : undefined
}

// A store may return anything. What is not a hash equals no hash.
function digestOf(text: unknown): Buffer {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text)
    ? Buffer.from(text, 'hex')
    : noDigest
}

function time(text: string | undefined | null, invalid: number, missing = invalid): number {
  if (text === undefined || text === null) return missing
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? invalid : ms
}
