import { hash } from 'node:crypto'
import type { Principal } from '../../policy/principal.ts'
import { type ApiKeyRecord, earlierKeys } from './record.ts'

/** A record, parsed for comparison. */
export interface Entry {
  readonly id: string
  /** Hexadecimal. */
  readonly digest: string
  readonly previous: readonly { readonly digest: string; readonly untilMs: number }[]
  readonly isRevoked: boolean
  readonly fromMs: number
  readonly untilMs: number
  readonly principal: Principal
}

const noDigest = '0'.repeat(64)
const past = Number.NEGATIVE_INFINITY
const never = Number.POSITIVE_INFINITY

/** @param record - one without a fault */
export function createEntry(scheme: string, record: ApiKeyRecord): Entry {
  const { revokedAt, notBefore, expiresAt } = record
  return {
    id: record.id,
    digest: record.hash,
    previous: earlierKeys(record).map((each) => ({
      digest: each.hash,
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
  const digest = hash('sha256', key)
  const nowMs = Date.now()
  let isSame = areSame(digest, entry?.digest ?? noDigest)
  if (entry) {
    for (const previous of entry.previous) {
      if (nowMs < previous.untilMs) isSame = areSame(digest, previous.digest) || isSame
    }
  }
  if (!isSame || !entry) return 'unknown_key'
  if (entry.isRevoked) return 'revoked'
  if (nowMs >= entry.untilMs) return 'expired'
  return nowMs < entry.fromMs ? 'not_yet_valid' : undefined
}

/**
 * In the same time for all digests. Not `timingSafeEqual`: making two buffers for it costs twice what
 * the hash does.
 */
function areSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

// A store of a database may return dates. A time that cannot be read counts as never reached, or as
// past: the key is refused.
function time(value: string | Date | undefined | null, missing: number, invalid: number): number {
  if (value === undefined || value === null) return missing
  const ms = new Date(value).getTime()
  return Number.isNaN(ms) ? invalid : ms
}
