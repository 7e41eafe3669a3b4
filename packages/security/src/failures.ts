import { integer } from './check.ts'

/** When somebody has failed too often. */
export interface FailureLimitOptions {
  /** Failures within a window, per address (IPv6: per /64), and per user of Basic (integer, 1 to 1_000_000). @defaultValue 30 */
  readonly max?: number
  /** Length of a window, in milliseconds (integer, 1_000 to 86_400_000). @defaultValue 60_000 */
  readonly windowMs?: number
  /** Addresses and users remembered, oldest out first (integer, 1 to 10_000_000). @defaultValue 10_000 */
  readonly maxEntries?: number
}

export interface Failures {
  /** Seconds until the window of this key ends, if it has failed too often; undefined otherwise. */
  blocked(key: string): number | undefined
  fail(key: string): void
  readonly size: number
  /** Entries that had to go before their window ended. */
  readonly evicted: number
}

/** Counts failures, not requests, in windows that start with the first failure. No timers. */
export function failures(
  options: FailureLimitOptions = {},
  now: () => number = () => performance.now(),
): Failures {
  const max = integer('failures.max', options.max ?? 30, 1, 1_000_000)
  const windowMs = integer('failures.windowMs', options.windowMs ?? 60_000, 1_000, 86_400_000)
  const maxEntries = integer('failures.maxEntries', options.maxEntries ?? 10_000, 1, 10_000_000)
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
