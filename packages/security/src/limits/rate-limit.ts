import { hash } from 'node:crypto'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { MaybePromise } from '../policy/maybe-promise.ts'
import { deadline } from './deadline.ts'
import { createFailures } from './failures.ts'
import { createRateLimitFields, type Quota, type RateLimitFields } from './rate-limit-fields.ts'
import type { RateLimitStore, RateLimits } from './rate-limit-options.ts'
import { storeFault } from './store-fault.ts'
import { createStoreState, type StoreReports, type StoreState } from './store-state.ts'

/** Limits the requests of each credential. */
export interface RateLimit {
  readonly limits: RateLimits
  /** What clients are told of it. */
  fieldsOf(quota: Quota): RateLimitFields
  /** Counts one request, before anything is done for it. Never rejects. */
  take(credential: string): MaybePromise<Quota>
}

/** Makes the rate limits of one API, which report together. */
export interface RateLimiter {
  /**
   * @param name - as clients see it
   * @param place - what tells the limits of an API apart, in a store
   */
  create(limits: RateLimits, name: string, place: string): RateLimit
}

const storeReports: StoreReports = {
  down: {
    type: 'security.rate_limits_local',
    message: 'the store of rate limits is down; this instance counts alone',
  },
  up: {
    type: 'security.rate_limits_shared',
    message: 'rate limits are counted for all instances again',
  },
}

export function createRateLimiter(reporter: Reporter): RateLimiter {
  const states = new Map<RateLimitStore, StoreState>()
  let evicted = 0
  let reportedMs = Number.NEGATIVE_INFINITY

  function onEvicted(): void {
    evicted++
    if (performance.now() - reportedMs <= 60_000) return
    reportedMs = performance.now()
    reporter.report({
      type: 'security.rate_limits_full',
      level: 'warn',
      message: 'too many credentials to remember; those with the fewest requests are forgotten',
      fields: { evicted },
    })
  }

  function stateOf(store: RateLimitStore): StoreState {
    const state = states.get(store) ?? createStoreState(reporter, storeReports)
    states.set(store, state)
    return state
  }

  const known = new Map<string, RateLimit>()

  function make(limits: RateLimits, name: string, place: string): RateLimit {
    const { max, windowMs, maxEntries, store, storeTimeoutMs } = limits
    const counts = createFailures({ windowMs, maxEntries, onEvicted })

    function takeHere(credential: string): Quota {
      const { count, leftMs } = counts.take(credential, max)
      return {
        isExceeded: count >= max,
        remaining: Math.max(0, max - count - 1),
        resetSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
      }
    }

    async function takeShared(
      from: RateLimitStore,
      state: StoreState,
      credential: string,
    ): Promise<Quota> {
      const signal = AbortSignal.timeout(storeTimeoutMs)
      // Not what the credential says of its owner.
      const key = `${place}:${hash('sha256', credential, 'base64url')}`
      try {
        const { count, leftMs } = await deadline(
          async () => from.take(key, { max, windowMs }),
          signal,
        )
        if (!Number.isFinite(count) || !Number.isFinite(leftMs)) {
          state.failed('it did not answer { count, leftMs }')
          return takeHere(credential)
        }
        state.succeeded()
        // For when the store goes down, and so that it is not asked again in vain.
        counts.learn(credential, Math.min(count, max), leftMs)
        return {
          isExceeded: count > max,
          remaining: Math.max(0, max - count),
          resetSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
        }
      } catch (error) {
        state.failed(storeFault(error, signal.aborted))
        return takeHere(credential)
      }
    }

    const state = store && stateOf(store)
    return {
      limits,
      fieldsOf: createRateLimitFields(name, limits),
      take(credential) {
        if (!store || !state || counts.count(credential) >= max || !state.mayCall()) {
          return takeHere(credential)
        }
        return takeShared(store, state, credential)
      },
    }
  }

  return {
    create(limits, name, place) {
      // Two guards of one method count together.
      const key = `${place} ${limits.max} ${limits.windowMs}`
      const limit = known.get(key) ?? make(limits, name, place)
      known.set(key, limit)
      return limit
    },
  }
}
