import type { Reporter } from '@clew/internal/reports/reporter'
import { chain, type MaybePromise } from '../policy/maybe-promise.ts'
import { clientGone, freePlace, isPlace, type NoPlace, type Place } from '../policy/place.ts'
import { createFailures } from './failures.ts'
import { createGate, type Gate } from './gate.ts'
import type { FailureLimits } from './options.ts'
import { createRefusalDelay } from './refusal-delay.ts'
import { createSharedGate, type SharedStore } from './shared-gate.ts'
import { createStoreState, type StoreReports } from './store-state.ts'

/** Who makes a guess. */
export interface Guesser {
  /** An address; for IPv6 a /64. */
  readonly lane: string
  /** The user whose password is guessed; not the name itself, which may be long. */
  readonly user?: string | undefined
  /** Nobody waits for the response any more. */
  isGone(): boolean
}

/** Blocks addresses, and users at addresses, that have failed too often. Slows down users. */
export interface FailureLimit {
  /** A place for one check; settle it when the check has ended. */
  reserve(guesser: Guesser): MaybePromise<Place | NoPlace>
}

const storeReports: StoreReports = {
  down: {
    type: 'security.failures_local',
    message: 'the store of failures is down; this instance counts alone',
  },
  up: {
    type: 'security.failures_shared',
    message: 'failures are counted for all instances again',
  },
}

const noLimit: FailureLimit = { reserve: () => freePlace }

/** @param limits - undefined: nobody is ever blocked */
export function createFailureLimit(
  limits: FailureLimits | undefined,
  reporter: Reporter,
): FailureLimit {
  if (limits === undefined) return noLimit
  const { max, maxPerUser, windowMs, slowMs, maxEntries, maxWaiting, store } = limits
  const delay = createRefusalDelay(limits.delayMs, maxWaiting)
  const shared: SharedStore | undefined = store && {
    store,
    timeoutMs: limits.storeTimeoutMs,
    state: createStoreState(reporter, storeReports),
  }
  let evicted = 0
  let reportedMs = Number.NEGATIVE_INFINITY
  const counts = { windowMs, maxEntries, onEvicted }
  const createOne = (most: number, prefix: string): Gate => {
    const local = createGate({ ...counts, max: most, maxWaiting })
    return shared ? createSharedGate(local, { max: most, windowMs }, shared, prefix) : local
  }
  const addresses = createOne(max, 'address:')
  const usersAtAddresses = createOne(maxPerUser, 'user:')
  // Only slowed down, so that strangers cannot lock a user out.
  const users = createFailures(counts)

  function onEvicted(): void {
    evicted++
    if (performance.now() - reportedMs <= 60_000) return
    reportedMs = performance.now()
    const entries = addresses.failures.size + usersAtAddresses.failures.size + users.size
    reporter.report({
      type: 'security.failures_full',
      level: 'warn',
      message: 'too many failing clients to remember; those with the fewest failures are forgotten',
      fields: { entries, evicted },
    })
  }

  class UserPlace implements Place {
    private readonly places: readonly Place[]
    private readonly user: string

    constructor(places: readonly Place[], user: string) {
      this.places = places
      this.user = user
    }

    settle(failed: boolean): void {
      for (const place of this.places) place.settle(failed)
      if (failed) users.fail(this.user)
    }
  }

  async function reserveUser(
    entered: MaybePromise<Place | NoPlace>,
    lane: string,
    user: string,
    isGone: () => boolean,
  ): Promise<Place | NoPlace> {
    const first = await entered
    if (!isPlace(first)) return first
    const second = await usersAtAddresses.enter(`${lane} ${user}`, isGone)
    if (!isPlace(second)) {
      first.settle(false)
      return second
    }
    const place = new UserPlace([first, second], user)
    if (users.count(user) < max || slowMs === 0) return place
    await new Promise((resolve) => setTimeout(resolve, slowMs))
    if (!isGone()) return place
    place.settle(false)
    return clientGone
  }

  return {
    reserve({ lane, user, isGone }) {
      const entered = addresses.enter(lane, isGone)
      return chain(
        user === undefined ? entered : reserveUser(entered, lane, user, isGone),
        (place) =>
          isPlace(place) || place.reason !== 'too_many_failures' ? place : delay.hold(place, lane),
      )
    },
  }
}
