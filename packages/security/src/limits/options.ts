import type { Check } from '../options.ts'
import type { FailureStore } from './store.ts'

/** When a client has failed too often. */
export interface FailureLimitOptions {
  /**
   * Failures allowed in a window, for each address (IPv6: for each /64) (integer, 1 to 1_000_000).
   *
   * @defaultValue 30
   */
  readonly max?: number
  /**
   * Failures allowed in a window, for each user of Basic at each address (integer, 1 to
   * 1_000_000).
   *
   * @defaultValue 10
   */
  readonly maxPerUser?: number
  /** Length of a window, in milliseconds (integer, 1_000 to 86_400_000). @defaultValue 60_000 */
  readonly windowMs?: number
  /**
   * How long each check waits for a user for whom at least `max` checks have failed in a window,
   * from whatever addresses, in milliseconds (integer, 0 to 10_000). Others can slow a user down,
   * never lock them out.
   *
   * @defaultValue 1_000
   */
  readonly slowMs?: number
  /**
   * How long the refusal of a blocked client waits, in milliseconds (integer, 0 to 10_000), so that
   * one that guesses as fast as it is answered does not keep the process busy. At most `maxWaiting`
   * refusals of an address wait.
   *
   * @defaultValue 100
   */
  readonly delayMs?: number
  /**
   * Addresses remembered, users remembered, and users at addresses (integer, 1 to 10_000_000).
   * When there is no more room, the one with the fewest failures is forgotten.
   *
   * @defaultValue 10_000
   */
  readonly maxEntries?: number
  /**
   * Requests that may wait while checks of the same address, or of the same user at it, could use
   * up the limit; beyond that the response is 503 (integer, 0 to 10_000).
   *
   * @defaultValue 100
   */
  readonly maxWaiting?: number
  /**
   * Where failures are counted for several instances together, such as `redisFailures`. While it
   * is down, each instance counts alone, and `security.failures_local` is reported.
   *
   * @defaultValue the memory of the process
   */
  readonly store?: FailureStore
  /**
   * Longest answer of `store`, in milliseconds (integer, 1 to 10_000).
   *
   * @defaultValue 100
   */
  readonly storeTimeoutMs?: number
}

export type FailureLimits = Required<Omit<FailureLimitOptions, 'store'>> & {
  readonly store: FailureStore | undefined
}

const names = [
  'max',
  'maxPerUser',
  'windowMs',
  'slowMs',
  'delayMs',
  'maxEntries',
  'maxWaiting',
  'store',
  'storeTimeoutMs',
] as const

/** Reads the option `failures`; undefined if it is false. */
export function failuresOption(
  check: Check,
  value: FailureLimitOptions | false | undefined,
): FailureLimits | undefined {
  if (value === false) return undefined
  if (value !== undefined && (typeof value !== 'object' || value === null)) {
    throw check.error('failures', 'an object or false', value)
  }
  const options = check.options('failures', value, names)
  const { max = 30, maxPerUser = 10, windowMs = 60_000, slowMs = 1_000, store } = options
  const { delayMs = 100, maxEntries = 10_000, maxWaiting = 100, storeTimeoutMs = 100 } = options
  if (
    store !== undefined &&
    (typeof check.object('failures.store', store).reserve !== 'function' ||
      typeof store.settle !== 'function')
  ) {
    throw check.error('failures.store', 'an object with the methods reserve and settle', store)
  }
  return {
    max: check.integer('failures.max', max, { min: 1, max: 1_000_000 }),
    maxPerUser: check.integer('failures.maxPerUser', maxPerUser, { min: 1, max: 1_000_000 }),
    windowMs: check.integer('failures.windowMs', windowMs, { min: 1_000, max: 86_400_000 }),
    slowMs: check.integer('failures.slowMs', slowMs, { min: 0, max: 10_000 }),
    delayMs: check.integer('failures.delayMs', delayMs, { min: 0, max: 10_000 }),
    maxEntries: check.integer('failures.maxEntries', maxEntries, { min: 1, max: 10_000_000 }),
    maxWaiting: check.integer('failures.maxWaiting', maxWaiting, { min: 0, max: 10_000 }),
    store,
    storeTimeoutMs: check.integer('failures.storeTimeoutMs', storeTimeoutMs, {
      min: 1,
      max: 10_000,
    }),
  }
}
