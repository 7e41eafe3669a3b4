import type { Check } from '../options.ts'
import type { WindowLimit } from './store.ts'

/** How many requests each credential may make. */
export interface RateLimitOptions {
  /** Requests allowed in a window, for each credential (integer, 1 to 1_000_000_000). */
  readonly max: number
  /**
   * Length of a window, which starts with its first request, in milliseconds (integer, 1_000 to
   * 86_400_000).
   *
   * @defaultValue 60_000
   */
  readonly windowMs?: number
  /**
   * Credentials remembered (integer, 1 to 10_000_000). When there is no more room, one with few
   * requests is forgotten, and `security.rate_limits_full` is reported.
   *
   * @defaultValue 100_000
   */
  readonly maxEntries?: number
  /**
   * Where requests are counted for several instances together, such as `redisRateLimits`. While it
   * is down, each instance counts alone, and `security.rate_limits_local` is reported.
   *
   * @defaultValue the memory of the process
   */
  readonly store?: RateLimitStore
  /** Longest answer of `store`, in milliseconds (integer, 1 to 10_000). @defaultValue 100 */
  readonly storeTimeoutMs?: number
}

/**
 * Counts the requests of several instances together. If the method throws, rejects or takes too
 * long, each instance counts alone for a while.
 */
export interface RateLimitStore {
  /**
   * Counts one more request, in one atomic step; the first one starts the window. The answer: how
   * many there are in it, with this one, and how long it lasts.
   */
  take(
    key: string,
    limit: WindowLimit,
  ): Promise<{ readonly count: number; readonly leftMs: number }>
}

export type RateLimits = Required<Omit<RateLimitOptions, 'store'>> & {
  readonly store: RateLimitStore | undefined
}

const names = ['max', 'windowMs', 'maxEntries', 'store', 'storeTimeoutMs'] as const

/**
 * Reads the option `rateLimit`; undefined: no limit.
 *
 * @param inherited - what it leaves out
 */
export function rateLimitOption(
  check: Check,
  value: RateLimitOptions | false | undefined,
  inherited?: RateLimits,
): RateLimits | undefined {
  if (value === undefined) return inherited
  if (value === false) return undefined
  if (typeof value !== 'object' || value === null) {
    throw check.error('rateLimit', 'an object or false', value)
  }
  const options = check.options('rateLimit', value, names)
  const { max, windowMs = inherited?.windowMs ?? 60_000 } = options
  const { maxEntries = inherited?.maxEntries ?? 100_000, store = inherited?.store } = options
  const { storeTimeoutMs = inherited?.storeTimeoutMs ?? 100 } = options
  if (store !== undefined && typeof check.object('rateLimit.store', store).take !== 'function') {
    throw check.error('rateLimit.store', 'an object with a method take', store)
  }
  return {
    max: check.integer('rateLimit.max', max, { min: 1, max: 1_000_000_000 }),
    windowMs: check.integer('rateLimit.windowMs', windowMs, { min: 1_000, max: 86_400_000 }),
    maxEntries: check.integer('rateLimit.maxEntries', maxEntries, { min: 1, max: 10_000_000 }),
    store,
    storeTimeoutMs: check.integer('rateLimit.storeTimeoutMs', storeTimeoutMs, {
      min: 1,
      max: 10_000,
    }),
  }
}
