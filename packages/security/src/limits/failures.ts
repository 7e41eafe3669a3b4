import type { Check } from '../options.ts'

/** When a client has failed too often. */
export interface FailureLimitOptions {
  /**
   * Failures allowed in a window, for each address (IPv6: for each /64) and each user of Basic
   * (integer, 1 to 1_000_000).
   *
   * @defaultValue 30
   */
  readonly max?: number
  /** Length of a window, in milliseconds (integer, 1_000 to 86_400_000). @defaultValue 60_000 */
  readonly windowMs?: number
  /**
   * Addresses and users remembered, oldest out first (integer, 1 to 10_000_000).
   *
   * @defaultValue 10_000
   */
  readonly maxEntries?: number
}

export type FailureLimits = Required<FailureLimitOptions>

/** Reads the option `failures`; undefined if it is false. */
export function failuresOption(
  check: Check,
  value: FailureLimitOptions | false | undefined,
): FailureLimits | undefined {
  if (value === false) return undefined
  if (value !== undefined && (typeof value !== 'object' || value === null)) {
    throw check.error('failures', 'an object or false', value)
  }
  const options = check.options('failures', value, ['max', 'windowMs', 'maxEntries'])
  const { max = 30, windowMs = 60_000, maxEntries = 10_000 } = options
  return {
    max: check.integer('failures.max', max, { min: 1, max: 1_000_000 }),
    windowMs: check.integer('failures.windowMs', windowMs, { min: 1_000, max: 86_400_000 }),
    maxEntries: check.integer('failures.maxEntries', maxEntries, { min: 1, max: 10_000_000 }),
  }
}

export interface Failures {
  /** Seconds until the window of this key ends, if it has failed too often; undefined otherwise. */
  blocked(key: string): number | undefined
  fail(key: string): void
  readonly size: number
  /** Entries that were dropped before their window ended. */
  readonly evicted: number
}

/** Counts failures, not requests, in windows that start with the first failure. No timers. */
export function createFailures(
  { max, windowMs, maxEntries }: FailureLimits,
  now: () => number = () => performance.now(),
): Failures {
  const entries = new Map<string, { count: number; readonly endMs: number }>()
  let evicted = 0
  return {
    blocked(key) {
      const entry = entries.get(key)
      if (!entry || entry.count < max) return undefined
      const leftMs = entry.endMs - now()
      if (leftMs > 0) return Math.ceil(leftMs / 1000)
      entries.delete(key)
      return undefined
    },
    fail(key) {
      const nowMs = now()
      const entry = entries.get(key)
      if (entry && entry.endMs > nowMs) {
        entry.count++
        return
      }
      entries.delete(key)
      if (entries.size >= maxEntries) {
        const oldest = entries.entries().next()
        if (!oldest.done) {
          if (oldest.value[1].endMs > nowMs) evicted++
          entries.delete(oldest.value[0])
        }
      }
      entries.set(key, { count: 1, endMs: nowMs + windowMs })
    },
    get size() {
      return entries.size
    },
    get evicted() {
      return evicted
    },
  }
}
