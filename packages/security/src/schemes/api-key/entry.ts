import { hash, timingSafeEqual } from 'node:crypto'
import type { Principal } from '../../policy/principal.ts'
import { type ApiKeyRecord, earlierKeys } from './record.ts'

/** A record, parsed for comparison. */
export interface Entry {
  readonly id: string
  readonly digest: Buffer
  readonly previous: readonly { readonly digest: Buffer; readonly untilMs: number }[]
  readonly isRevoked: boolean
  readonly fromMs: number
  readonly untilMs: number
  readonly principal: Principal
}

const noDigest = Buffer.alloc(32)
const past = Number.NEGATIVE_INFINITY
const never = Number.POSITIVE_INFINITY

/** @param record - one without a fault */
export function createEntry(scheme: string, record: ApiKeyRecord): Entry {
  const { revokedAt, notBefore, expiresAt } = record
  return {
    id: record.id,
    digest: Buffer.from(record.hash, 'hex'),
    previous: earlierKeys(record).map((each) => ({
      digest: Buffer.from(each.hash, 'hex'),
      untilMs: time(each.until, past, past),
    })),
    isRevoked: revokedAt !== undefined && revokedAt !== null,
    fromMs: time(notBefore, past, never),
    untilMs: time(expiresAt, never, past),
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
  if (entry) {
    for (const previous of entry.previous) {
      if (nowMs < previous.untilMs) isSame = timingSafeEqual(digest, previous.digest) || isSame
    }
  }
  if (!isSame || !entry) return 'unknown_key'
  if (entry.isRevoked) return 'revoked'
  if (nowMs >= entry.untilMs) return 'expired'
  return nowMs < entry.fromMs ? 'not_yet_valid' : undefined
}

// A store of a database may return dates. A time that cannot be read counts as never reached, or as
// past: the key is refused.
function time(value: string | Date | undefined | null, missing: number, invalid: number): number {
  if (value === undefined || value === null) return missing
  const ms = new Date(value).getTime()
  return Number.isNaN(ms) ? invalid : ms
}
